"""The database app: the roles of PostgreSQL, and the check that each process is connected as its own."""

from django.apps import AppConfig


class Database(AppConfig):
    name = "backoffice.database"
    label = "database"

    def ready(self) -> None:
        from backoffice.database import checks  # noqa: F401  # it registers itself
