"""When a lane stood still, from the trail: what people paused and what machines paused, each until it was reopened."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from backoffice.audit.models import Entry
from backoffice.operations import lanes
from backoffice.operations.models import Lane

Span = tuple[datetime, datetime]
# Of a lane that changed more often than this the last changes count: what is left out makes an approval lapse sooner.
MOST = 1000


def stands(lane: str) -> bool:
    """Whether it stands still now: approvals that wait for it do not run out meanwhile."""
    row = Lane.objects.filter(name=lane).first()
    return row is not None and row.is_paused


def spans(lane: str, *, since: datetime, until: datetime) -> list[Span]:
    """The spans between two moments in which the lane stood still, in order and apart from each other."""
    entries = Entry.objects.filter(object_type="lane", object_id=lane, action__in=[lanes.PAUSED, lanes.REOPENED])
    stood: list[Span] = []
    # The two pauses do not know of each other, and either is enough. A machine is nobody's person.
    for theirs in (entries.filter(person=""), entries.exclude(person="")):
        before = theirs.filter(at__lte=since).order_by("-seq").values_list("at", "action")[:1]
        after = theirs.filter(at__gt=since, at__lte=until).order_by("-seq").values_list("at", "action")[:MOST]
        stood += _stood([*before, *reversed(after)], until)
    return joined(stood, since=since)


def joined(spans: Iterable[Span], *, since: datetime) -> list[Span]:
    """The same time, each moment of it in one span, and nothing from before `since`."""
    apart: list[Span] = []
    for begin, end in sorted((max(begin, since), end) for begin, end in spans if end > since):
        if apart and begin <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(apart[-1][1], end))
        else:
            apart.append((begin, end))
    return apart


def _stood(changes: Iterable[tuple[datetime, str]], until: datetime) -> Iterator[Span]:
    began = None
    for at, action in changes:
        if action == lanes.PAUSED:
            began = began or at
        elif began:
            yield began, at
            began = None
    if began:
        yield began, until
