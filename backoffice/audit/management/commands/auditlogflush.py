"""Stands in the place of django-auditlog's command of this name, which would empty the trail."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Refuses: nothing of the trail is deleted."

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError("The audit trail is kept. Nothing was deleted.")
