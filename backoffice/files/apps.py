"""The files app."""

from django.apps import AppConfig


class Files(AppConfig):
    name = "backoffice.files"
    label = "files"

    def ready(self) -> None:
        from backoffice.files import guards, hashing  # noqa: F401  # the triggers, and the function that they ask on SQLite
