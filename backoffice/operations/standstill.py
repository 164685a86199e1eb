"""When a connection stood still: paused by people or by machines, serviced, or stopped since the database was restored."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models.functions import Coalesce

from backoffice.audit.models import Entry
from backoffice.operations import lanes, restored
from backoffice.operations.models import Lane, Maintenance

Span = tuple[datetime, datetime]
# Of a lane that changed more often than this the last changes count: what is left out makes an approval lapse sooner.
MOST = 1000


def standing(lane: str, *, now: datetime) -> list[str]:
    """What stands still now: the lane, or kinds in it. Approvals that wait for them do not run out meanwhile."""
    if restored.open_ones().exists():
        return [lane]
    rows = Lane.objects.of(lane).as_of(now)
    return [row.name for row in rows if row.is_paused or row.is_serviced(now)]


def spans(lane: str, kind: str, *, since: datetime, until: datetime) -> list[Span]:
    """The spans between two moments in which this kind was not sent over its lane, in order and apart from each other."""
    stood = [*_serviced(lane, since, until), *_restored(until)]
    for name in (lane, kind):
        stood += _paused(name, since, until)
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


def _paused(name: str, since: datetime, until: datetime) -> Iterator[Span]:
    """From the trail. What people and what machines pause does not know of each other, and either is enough."""
    entries = Entry.objects.filter(object_type="lane", object_id=name, action__in=[lanes.PAUSED, lanes.REOPENED])
    # A machine is nobody's person.
    for theirs in (entries.filter(person=""), entries.exclude(person="")):
        before = theirs.filter(at__lte=since).order_by("-seq").values_list("at", "action")[:1]
        after = theirs.filter(at__gt=since, at__lte=until).order_by("-seq").values_list("at", "action")[:MOST]
        yield from _stood([*before, *reversed(after)], until)


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


def _serviced(lane: str, since: datetime, until: datetime) -> list[Span]:
    windows = Maintenance.objects.filter(lane=lane, withdrawn_at=None, starts_at__lt=until)
    windows = windows.annotate(end=Coalesce("ended_at", "ends_at")).filter(end__gt=since).order_by("-starts_at")
    return [(begin, min(end, until)) for begin, end in windows.values_list("starts_at", "end")[:MOST]]


def _restored(until: datetime) -> list[Span]:
    return [
        (restore.at, min(restore.reopened_at or until, until)) for restore in restored.known() if restore.at < until
    ]
