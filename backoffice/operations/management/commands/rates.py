"""`manage.py rates EUR=1.0842 JPY=0.0065`: enters what one unit of a currency is worth in USD today."""

from argparse import ArgumentParser
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice.audit import clock
from backoffice.operations import rates


class Command(BaseCommand):
    help = "Enters today's FX rates in USD. A day's rate stands once and for all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("rates", nargs="+", metavar="CURRENCY=USD")
        parser.add_argument("--source", required=True, help="Where they come from, for the trail.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wanted = dict(_rate(text) for text in options["rates"])
            entered = rates.enter(wanted, day=clock.now().date(), source=options["source"])
        except rates.Implausible as failure:
            raise CommandError(str(failure)) from None
        self.stdout.write(f"Entered {len(entered)} of {len(wanted)} rates; the others stand already.")


def _rate(text: str) -> tuple[str, Decimal]:
    currency, _, usd = text.partition("=")
    try:
        return currency, Decimal(usd)
    except InvalidOperation:
        raise rates.Implausible(f"{text} is not CURRENCY=USD.") from None
