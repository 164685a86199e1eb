"""The operators app: its records are under django-auditlog, secrets left out altogether."""

from django.apps import AppConfig


class Operators(AppConfig):
    name = "backoffice.operators"
    label = "operators"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from backoffice.operators import checks, guards, signin  # noqa: F401  # they register checks, triggers and receivers
        from backoffice.operators.models import Grant, Operator, Person

        # The library's masking shows half of a secret, so the secret is excluded.
        # What is counted on to end sessions has entries of its own.
        auditlog.register(Operator, exclude_fields=["password", "last_login", "sessions_ended"])
        auditlog.register(Person)
        auditlog.register(Grant)
