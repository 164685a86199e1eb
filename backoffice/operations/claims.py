"""Soft claims: who is looking at what waits, and the next that nobody looks at. They decide nothing, so they leave no entry."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection
from django.db.models import Exists, OuterRef

from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.operations.models import Bundle, Claim, Operation

LASTS = timedelta(minutes=2)
# An open page says every RENEWS_EVERY that it is still looked at; until then nothing is written again.
RENEWS_EVERY = timedelta(seconds=30)
LOCK = 0x0C03


def standing(now: datetime) -> Any:
    """The claims that have not run out."""
    return Claim.objects.filter(until__gt=now)


def is_claimed(now: datetime) -> Exists:
    """Whether anybody looks at an `item` of the queue."""
    return Exists(standing(now).filter(on=OuterRef("item")))


def holder(found: Operation | Bundle) -> Claim | None:
    """Who is looking at it now, or None."""
    rows = standing(clock.now()).filter(on=found.pk).select_related("by")
    return rows.first()  # type: ignore[no-any-return]  # managers are untyped here


def look(found: Operation | Bundle, *, by: Any) -> Claim | None:
    """Says that they are looking at it, unless somebody else is; who is looking at it now.

    A database that is busy just then keeps nobody from the page.
    """
    held = holder(found)
    if held and (not is_theirs(held, by) or _is_fresh(held)):
        return held
    with suppress(OperationalError), _alone() as now:
        _put(found.pk, by, now)
    return holder(found)


def take_first(rows: Any, *, by: Any) -> Any:
    """The first of these rows of the queue that nobody looks at, theirs from now on; two who ask at once get different ones.

    What they are looking at themselves is left out too: whoever asks for the next wants another one.
    """
    with _alone() as now:
        first = rows.exclude(is_claimed(now)).first()
        if first:
            _put(first.item, by, now)
    return first


def release(found: Operation | Bundle, *, by: Any) -> None:
    """They look at it no longer. A database that is busy just then lets the claim run out by itself."""
    held = holder(found)
    if held and is_theirs(held, by):
        with suppress(OperationalError), unit():
            Claim.objects.filter(on=found.pk, by__person=by.person_id).delete()


def told(claim: Claim | None, *, by: Any, may_claim: bool) -> dict[str, Any]:
    """What a page says of it."""
    return {"claim": claim, "is_claimed_by_me": bool(claim and is_theirs(claim, by)), "may_claim": may_claim}


def is_theirs(claim: Claim, by: Any) -> bool:
    """One human at two sign-ins is one person who looks."""
    return bool(claim.by.person_id == by.person_id)


def _is_fresh(claim: Claim) -> bool:
    return claim.until - clock.now() > LASTS - RENEWS_EVERY


@contextmanager
def _alone() -> Iterator[datetime]:
    """One after the other, so that whoever looks second sees what the first has taken; on SQLite a unit is alone as it is."""
    with unit() as work:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        yield work.now


def _put(on: UUID, by: Any, now: datetime) -> None:
    Claim.objects.filter(until__lte=now).delete()
    fresh = {"by": by, "since": now, "until": now + LASTS}
    claim, is_new = Claim.objects.select_related("by").get_or_create(on=on, defaults=fresh)
    if not is_new and is_theirs(claim, by):
        Claim.objects.filter(pk=claim.pk).update(until=now + LASTS)
