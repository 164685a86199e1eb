"""`manage.py audit verify`: walks the whole chain and names the first entry that does not hold."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from backoffice.audit import chain, guards
from backoffice.audit.models import Entry


class Command(BaseCommand):
    help = "Verifies the audit chain and the database's guards."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["verify"])

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = chain.verify(Entry.objects.order_by("seq").iterator(chunk_size=1000))
        if verdict.fault:
            raise CommandError(f"The chain is broken at {verdict.fault}. {verdict.entries} entries before it hold.")
        if absent := guards.missing(connection):
            raise CommandError(f"The chain holds, but {len(absent)} guards are missing: {', '.join(absent)}.")
        self.stdout.write(f"The chain holds: {verdict.entries} entries, head {verdict.head[:16]}.")
