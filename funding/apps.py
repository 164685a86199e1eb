"""The funding area: its kinds are known to the desk once it is loaded."""

from django.apps import AppConfig


class Funding(AppConfig):
    name = "funding"

    def ready(self) -> None:
        from funding import instructions, shell  # noqa: F401  # they register the kinds and the menu
