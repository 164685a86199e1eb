"""The operations app."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "backoffice.operations"
    label = "operations"

    def ready(self) -> None:
        from backoffice.operations import (  # noqa: F401  # they register triggers, the menu, and what is laid at migrate
            approval_guards,
            attachment_guards,
            delegation_guards,
            expiry_guards,
            guards,
            maintenance_guards,
            policy_guards,
            restored_guards,
            resubmission_guards,
            role_guards,
            shell,
            sight_guards,
            signature_guards,
            unsent_guards,
            versions,
        )
        from backoffice.operations.bundles import guards as bundle_guards  # noqa: F401  # they register triggers, too
        from backoffice.operations.probe import contradictions, moving, record  # noqa: F401  # a check, and the trail's words
