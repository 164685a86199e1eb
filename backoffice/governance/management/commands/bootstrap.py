"""`manage.py bootstrap`: the first two administrators and one of compliance, of a house that has nobody yet."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from backoffice.access import Role
from backoffice.governance.founding import CannotFound, Newcomer, bootstrap

AFTERWARDS = """
  Write each password down for its person alone; it is not kept, and not shown again. Each of them signs in, enrols a
  second factor, and changes it: nothing else is open to them before.

  From now on people and rules change on the pages People, Policy and Calendar: one administrator proposes, the other
  one and compliance agree. Nobody has a word in what is about themselves, so begin with a third administrator and a
  second one of compliance: until then neither of the two administrators, nor the one of compliance, can be replaced.
  Then add those who make and check operations.
"""


class Command(BaseCommand):
    help = "Enrols the first three people. Refuses where anybody is enrolled already."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for option, role in (("--administrator", Role.ADMINISTRATOR), ("--compliance", Role.COMPLIANCE)):
            twice = " (twice)" if role == Role.ADMINISTRATOR else ""
            parser.add_argument(
                option, nargs=2, action="append", default=[], metavar=("USERNAME", "NAME"), help=f"{role}{twice}"
            )

    def handle(self, *args: Any, **options: Any) -> None:
        people = [(Role.ADMINISTRATOR, *pair) for pair in options["administrator"]]
        people += [(Role.COMPLIANCE, *pair) for pair in options["compliance"]]
        try:
            enrolled = bootstrap(people)
        except CannotFound as failure:
            raise CommandError(str(failure)) from None
        except ValidationError as failure:
            raise CommandError("; ".join(failure.messages)) from None
        self.stdout.write("\n".join(["", *map(_line, enrolled)]) + "\n" + AFTERWARDS)


def _line(who: Newcomer) -> str:
    return f"    {who.username:<16}{who.role:<16}{who.password}   {who.name}"
