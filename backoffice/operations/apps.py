"""The operations app."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "backoffice.operations"
    label = "operations"

    def ready(self) -> None:
        from backoffice.operations import expiry_guards, guards, resubmission_guards, shell  # noqa: F401  # they register triggers and the menu
