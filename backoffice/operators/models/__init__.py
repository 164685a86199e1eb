"""The rows of the people who sign in, and of how they sign in."""

from backoffice.operators.models.people import Grant, Operator, Operators, Person, refuse_mixed
from backoffice.operators.models.sittings import Draft, KeyUse, Proof, Sitting

__all__ = ["Draft", "Grant", "KeyUse", "Operator", "Operators", "Person", "Proof", "Sitting", "refuse_mixed"]
