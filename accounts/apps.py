"""The accounts area."""

from django.apps import AppConfig


class Accounts(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import shell  # noqa: F401  # it registers the menu
