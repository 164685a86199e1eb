"""First passwords: made by the machine, shown once, for a sign-in that nobody has used yet; and whether one is still in use."""

import secrets
from datetime import datetime
from typing import Any

from backoffice.access import Role
from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import register
from backoffice.governance.models import FirstPassword
from backoffice.operations.canonical import hash_of
from backoffice.operations.desk import Refusal
from backoffice.operators.models import Operator

MADE = register("operator.first_password", "First password made", "warn")
# Without letters and digits that are taken for one another; 28 of them are 138 bits.
ALPHABET, GROUPS, LENGTH = "abcdefghjkmnpqrstuvwxyz23456789", 4, 7


def generated() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(GROUPS))


def make(pk: int, *, by: Any) -> str:
    """A password for a sign-in that nobody has used; the one before it is worth nothing. Raises Refusal."""
    with unit(by=by) as work:
        operator = Operator.objects.select_for_update(of=("self",)).get(pk=pk)
        if why := why_not(operator, by=by):
            raise Refusal(why)
        password = generated()
        operator.set_password(password)
        operator.save(update_fields=["password"])
        keep_mark(operator, by=by, now=work.now)
        work.note(MADE, on=("operator", operator.operator_id))
    return password


def why_not(operator: Operator, *, by: Any) -> str:
    """Why nobody makes them a first password, in words; empty where somebody may."""
    if Role.ADMINISTRATOR not in by.roles:
        return f"This takes an {Role.ADMINISTRATOR}."
    if not operator.is_active:
        return f"{operator.name} has no active sign-in."
    if operator.last_login is not None:
        return f"{operator.name} has signed in already; whoever has the password is them."
    return "It is about you." if operator.person_id == by.person_id else ""


def keep_mark(operator: Operator, *, by: Any, now: datetime) -> None:
    FirstPassword.objects.create(
        operator=operator,
        mark=hash_of(operator.password),
        made_at=now,
        made_by=by.name if by else "manage.py bootstrap",
    )


def is_first(operator: Any) -> bool:
    """Whether somebody still signs in with a password that was made for them."""
    marks = FirstPassword.objects.filter(operator=operator).values_list("mark", flat=True)
    return hash_of(operator.password) in set(marks)
