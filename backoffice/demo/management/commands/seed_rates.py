"""`manage.py seed_rates`: today's FX rates of the demo's broker, where they are not entered yet."""

from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand

from backoffice.audit import clock
from backoffice.operations import rates

RATES = {"EUR": Decimal("1.0842"), "JPY": Decimal("0.00648"), "GBP": Decimal("1.2710")}


class Command(BaseCommand):
    help = "Enters today's rates of the demo, so that its bounds in USD can be read."

    def handle(self, *args: Any, **options: Any) -> None:
        entered = rates.enter(RATES, day=clock.now().date(), source="the demo")
        self.stdout.write(f"Entered {len(entered)} rates.")
