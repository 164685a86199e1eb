"""`manage.py pin`: shows which environment of which Manager this database belongs to, and pins it anew where that moved."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.audit import pin


class Command(BaseCommand):
    help = "Shows what this database is pinned to; --to-current pins it to what the settings say."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to-current", action="store_true", help="pin it to MANAGER_ENVIRONMENT and MANAGER_URL")
        parser.add_argument("--reason", default="", help="why; it goes into the trail")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["to_current"]:
            self._move(options["reason"].strip())
        self.stdout.write(f"This database belongs to {pin.current() or 'nobody yet; the first start pins it'}.")

    def _move(self, reason: str) -> None:
        if len(reason) < 8:
            raise CommandError("Pinning a database anew takes a --reason of at least 8 characters.")
        pin.move(reason=reason)
