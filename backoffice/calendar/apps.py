"""The calendar app; a server time that nobody knows stops the start."""

from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured


class CalendarConfig(AppConfig):
    name = "backoffice.calendar"
    label = "calendar"

    def ready(self) -> None:
        from django.conf import settings

        from backoffice.calendar.server import ServerTime

        try:
            ServerTime.named(settings.SERVER_TIME_ZONE)
        except ValueError as error:
            raise ImproperlyConfigured(f"SERVER_TIME_ZONE: {error}") from None
