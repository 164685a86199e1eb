"""The safety app: checks of settings, for `manage.py check --deploy` and for the start of web and workers."""

from django.apps import AppConfig


class Safety(AppConfig):
    name = "backoffice.safety"
    label = "safety"

    def ready(self) -> None:
        from backoffice.safety import checks  # noqa: F401  # it registers itself
