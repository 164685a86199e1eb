"""`manage.py unlock NAME --reason "…"`: lets somebody try again who is locked out after wrong passwords or codes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice.operators import limits
from backoffice.operators.models import Operator


class Command(BaseCommand):
    help = "Lifts the lock-out of one sign-in. It stands in the trail, with the reason."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--reason", required=True, help="why, in words")

    def handle(self, *args: Any, **options: Any) -> None:
        operator = Operator.objects.filter(username=options["username"]).first()
        if operator is None:
            raise CommandError(f"There is no sign-in {options['username']}.")
        try:
            limits.unlock(operator, reason=options["reason"])
        except limits.AWAY as failure:
            raise CommandError(f"The cache cannot be reached, and nobody can sign in meanwhile. {failure}") from None
        self.stdout.write(f"{operator.username} may try again.")
