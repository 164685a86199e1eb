"""The audit app; its edits come from django-auditlog."""

from django.apps import AppConfig


class Audit(AppConfig):
    name = "backoffice.audit"
    label = "audit"

    def ready(self) -> None:
        from backoffice.audit import client_guards, edits, guards, shell  # noqa: F401  # they register what needs the models loaded
