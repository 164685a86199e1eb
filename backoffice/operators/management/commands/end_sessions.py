"""`manage.py end_sessions NAME … --reason "…"` (or `--everybody`): signs people out, wherever they are signed in."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice.operators import sittings
from backoffice.operators.models import Operator


class Command(BaseCommand):
    help = "Ends every session of some sign-ins, or of all. It stands in the trail, with the reason."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("usernames", nargs="*")
        parser.add_argument("--everybody", action="store_true", help="every sign-in of the house")
        parser.add_argument("--reason", required=True, help="why, in words")

    def handle(self, *args: Any, **options: Any) -> None:
        names = set(options["usernames"])
        if bool(names) == options["everybody"]:
            raise CommandError("Name some sign-ins, or say --everybody.")
        found = Operator.objects.all() if options["everybody"] else Operator.objects.filter(username__in=names)
        if unknown := names - {each.username for each in found}:
            raise CommandError(f"There is no sign-in {', '.join(sorted(unknown))}. Nobody was signed out.")
        ended = sittings.end_of(list(found), reason=options["reason"])
        self.stdout.write(f"Signed out: {', '.join(each.username for each in ended) or 'nobody was signed in'}.")
