"""The pin: a database belongs to one environment of one Manager, and no process of another one works on it."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError

from backoffice.audit import clock
from backoffice.audit.models import Pin
from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import PINNED


class Elsewhere(ImproperlyConfigured):
    """This database belongs to another environment, or to another Manager, than this process is set to."""


def insist() -> None:
    """Pins a database that has never been, and raises Elsewhere where it is pinned to something else."""
    pin = current() or _first()
    if (pin.environment, pin.manager_url) != _ours():
        environment, url = _ours()
        raise Elsewhere(
            f"This database belongs to {pin}, and this process is set to {environment} at {url}. Nothing was started. "
            "Where the Manager itself has moved, say so: manage.py pin --to-current --reason …"
        )


def current() -> Pin | None:
    return Pin.objects.order_by("-number").first()


def move(*, reason: str) -> Pin | None:
    """Pins the database to what this process is set to, in one audited unit. None where it is pinned there already."""
    was = current()
    if was and (was.environment, was.manager_url) == _ours():
        return None
    return _write(1 + (was.number if was else 0), was=was, reason=reason)


def _first() -> Pin:
    try:
        return _write(1, was=None, reason="The first start on this database.")
    except IntegrityError:
        # Two processes start at once; what the other one wrote is judged like any other pin.
        return Pin.objects.get(number=1)


def _write(number: int, *, was: Pin | None, reason: str) -> Pin:
    environment, url = _ours()
    with unit() as work:
        pin = Pin.objects.create(number=number, environment=environment, manager_url=url, at=clock.now(), reason=reason)
        told = {"pinned_to": str(pin), "pinned_before_to": str(was or "")}
        work.note(PINNED, on=("pin", number), reason=reason, detail=told)
    return pin


def _ours() -> tuple[str, str]:
    return settings.MANAGER_ENVIRONMENT, settings.MANAGER_URL.rstrip("/")
