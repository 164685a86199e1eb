"""A restored backup must not pay twice: how it is noticed, what is in doubt from then on, and until when nothing is sent.

What the database lost may have been sent. So everything that it held then is looked up at MT5 before it is sent, even
where it was still pending then: it may have been approved and sent in the time that is lost.
"""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from backoffice.audit import checkpoints, clock, witnesses
from backoffice.audit.models import Entry
from backoffice.audit.unit import Unit, unit
from backoffice.audit.vocabulary import RESTORED
from backoffice.operations.models import Operation, Restore
from backoffice.operations.states import UNSETTLED, State

STEP_LOCK = 0x0C0117E6
NOTICED = "What stands outside the database is not in it: it was restored from a backup."
WHY = "The database was restored from a backup; looked up before anything is sent."
logger = logging.getLogger(__name__)


def look() -> Restore | None:
    """Whether this database was restored since anybody last looked; then the step is taken, once, whoever else looks."""
    return _step(reason=NOTICED) if witnesses.unheld() else None


def declare(*, reason: str) -> Restore | None:
    """The same step, taken because a person says so, where nothing outside can tell."""
    return _step(reason=reason, is_declared=True)


def settled() -> Q:
    """What may be sent as far as restores go: nothing while one is open, and then only what is out of its doubt."""
    restores = known() if _is_any_known() else []
    if any(restore.is_open for restore in restores):
        return Q(pk__in=[])
    return out_of_doubt(restores[0]) if restores else Q()


def known() -> list[Restore]:
    """Every restore that is on record, the last one first."""
    return list(Restore.objects.filter(environment=settings.MANAGER_ENVIRONMENT).order_by("-at"))


def _is_any_known() -> bool:
    """Asked at each claim, and mostly no: plain, since writing the question down costs more than the answer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM operations_restore WHERE environment = %s LIMIT 1", [settings.MANAGER_ENVIRONMENT]
        )
        return cursor.fetchone() is not None


def open_ones() -> Any:
    return Restore.objects.filter(environment=settings.MANAGER_ENVIRONMENT, reopened_at=None).order_by("at")


def doubt(restore: Restore) -> Q:
    """What was made before the restore and has not been surely absent at MT5 since.

    A form that was opened before it and sent after it makes an operation under an id that may have been sent already.
    """
    known = Q(made_at__lt=restore.at) | Q(pk__lt=_first_id_after(restore.at))
    return known & (Q(cleared_at=None) | Q(cleared_at__lt=restore.at))


def out_of_doubt(restore: Restore) -> Q:
    """The opposite of `doubt`, said without a NOT: what is not known is not true."""
    return Q(cleared_at__gte=restore.at) | Q(made_at__gte=restore.at, pk__gte=_first_id_after(restore.at))


def doubts(restore: Restore) -> dict[str, Any]:
    """The changes that say of a row that it may have been sent until the lease of a claim that is lost was over."""
    now = clock.now()
    return {
        "token": None,
        "leased_until": None,
        "due_at": now,
        "maybe_sent": True,
        "last_send_at": max(now, restore.at + timedelta(seconds=settings.LEASE)),
        "first_sent_at": Coalesce(F("first_sent_at"), F("made_at")),
        "key_since": Coalesce(F("key_since"), restore.since),
    }


def why_not_close(operation: Operation) -> str:
    """Why a pending operation cannot be ended unsent now, in words; empty where it can."""
    return why_not_end(operation.made_at) if operation.state == State.AWAITING_APPROVAL else ""


def why_not_end(made_at: datetime) -> str:
    """The same of what was made then and waits."""
    if open_ones().filter(at__gt=made_at).exists():
        return (
            "The database was restored from a backup, and this may have been sent in the time that is lost. It can be "
            "approved, since it is looked up first; it can be ended otherwise once two people have reopened the connections."
        )
    return ""


def _step(*, reason: str, is_declared: bool = False) -> Restore | None:
    """One unit: what is on the wire or in line is uncertain, what is looked up is looked up anew, nobody stays signed in."""
    with unit() as work:
        _alone()
        lost = witnesses.unheld()
        if not lost and not is_declared:
            return None
        restore = _put_on_record(work, lost, reason)
        changes, ours = doubts(restore), Operation.objects.filter(environment=restore.environment)
        # In this order: what a worker claims meanwhile is met on the second round.
        Operation.move(ours, to=State.UNCERTAIN, expecting=[State.QUEUED], reason=WHY, **changes)
        Operation.move(ours, to=State.UNCERTAIN, expecting=[State.RUNNING], reason=WHY, sends=F("sends") + 1, **changes)
        anew = {name: changes[name] for name in ("token", "leased_until", "due_at", "last_send_at")}
        ours.filter(state__in=UNSETTLED, moved_at__lt=restore.at).update(**anew)
        # Sign-ins that ended in the time that is lost would be good again.
        Session.objects.all().delete()
    return restore


def _put_on_record(work: Unit, lost: list[str], reason: str) -> Restore:
    now, common = clock.now(), checkpoints.common()
    restore = Restore.objects.create(
        environment=settings.MANAGER_ENVIRONMENT, at=now, since=_since(common, now), reason=reason
    )
    told = {"lost": " ".join(lost), "kept": common.witness if common else "0:", "since": restore.since.isoformat()}
    work.note(RESTORED, on=("restore", restore.pk), reason=reason, detail=told)
    return restore


def _since(common: checkpoints.Checkpoint | None, now: datetime) -> datetime:
    """From when on something may be lost: the last checkpoint that is held, else the first entry of all."""
    if common:
        return datetime.fromisoformat(common.at)
    return Entry.objects.order_by("seq").values_list("at", flat=True).first() or now


def _first_id_after(moment: datetime) -> UUID:
    """A UUIDv7 begins with its milliseconds."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def _alone() -> None:
    """Two workers that start together take the step once; on SQLite a unit is alone as it is."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [STEP_LOCK])
