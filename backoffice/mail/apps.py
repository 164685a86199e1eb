"""The mail app."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "backoffice.mail"
    label = "mail"

    def ready(self) -> None:
        from backoffice.mail import guards, sending  # noqa: F401  # they register triggers and the trail's words
