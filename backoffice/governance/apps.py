"""The governance app."""

from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    name = "backoffice.governance"
    label = "governance"

    def ready(self) -> None:
        from backoffice.governance import (  # noqa: F401  # they register triggers, kinds and the menu
            absence,
            addresses,
            effect_guards,
            guards,
            people,
            policy,
            roles,
            second_factors,
            shell,
            year,
        )
