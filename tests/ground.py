"""What every test's database stands on beside its tables: the shipped policy, and today's rates."""

from decimal import Decimal

from backoffice.audit import clock
from backoffice.operations import versions
from backoffice.operations.models import Rate

RATES = {"EUR": "1.08", "JPY": "0.0065", "GBP": "1.27"}


def lay() -> None:
    """Past the trail, so that a test finds only its own entries there."""
    versions.lay_shipped()
    now = clock.now()
    Rate.objects.bulk_create(
        Rate(currency=currency, day=now.date(), usd=Decimal(usd), source="the tests", entered_at=now)
        for currency, usd in RATES.items()
    )
