"""Places in line: who commits first stands first."""

from django.conf import settings
from django.db.models import F

from backoffice.operations.models import Counter


def next_positions(count: int) -> int:
    """So many places in a row, from a row that is locked until this unit commits; the first of them."""
    name = f"position:{settings.MANAGER_ENVIRONMENT}"
    Counter.objects.get_or_create(name=name)
    Counter.objects.filter(name=name).update(value=F("value") + count)
    return Counter.objects.get(name=name).value - count + 1
