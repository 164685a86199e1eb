"""The operations app."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "backoffice.operations"
    label = "operations"

    def ready(self) -> None:
        from backoffice.operations import (  # noqa: F401  # they register triggers, the menu, and what is laid at migrate
            guards,
            policy_guards,
            shell,
            versions,
        )
