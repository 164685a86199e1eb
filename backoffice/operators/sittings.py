"""Sittings: how one begins, what keeps it alive and for how long, and how it ends. By the database's clock."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth import logout
from django.db.models import F, Q
from django.http import HttpRequest

from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import register
from backoffice.audit.where import here
from backoffice.operators.models import Operator, Sitting

TIMED_OUT = register("operator.timed_out", "Signed out by the clock")
ENDED = register("operator.session_ended", "Session ended", "warn")
ENDED_ALL = register("operator.sessions_ended", "All sessions ended", "warn")
IDLE, LONGEST = timedelta(minutes=15), timedelta(hours=8)
# Each act is not written down: within so much of the last one it is the same. So idling ends this much early at worst.
COARSE = timedelta(seconds=30)
KEY, FACTOR = "sitting", "sitting.factor"


def open_now(*, now: datetime) -> Q:
    """Sittings that are neither ended nor over by the clock."""
    return Q(ended_at=None, began_at__gt=now - LONGEST, seen_at__gt=now - IDLE)


def promised(request: HttpRequest) -> UUID:
    """The id that a sitting will have once somebody is signed in; what they prove on the way is proved in it."""
    if KEY not in request.session:
        request.session[KEY] = str(uuid4())
    return UUID(request.session[KEY])


def proved(request: HttpRequest, method: str) -> None:
    """Somebody who is not signed in yet gave their second factor."""
    request.session[FACTOR] = method


def begin(request: HttpRequest, operator: Operator) -> Sitting:
    """A new one, with the factor that was proved on the way; in a unit that is open."""
    now, where = clock.now(), here()
    pk, factor = promised(request), request.session.pop(FACTOR, "")
    if Sitting.objects.filter(pk=pk).exists():
        # Somebody signed in again where they were signed in: what they proved before was for before.
        del request.session[KEY]
        pk, factor = promised(request), ""
    fields = {"began_at": now, "seen_at": now, "ip": where.ip, "device": where.device, "factor": factor}
    sitting: Sitting = Sitting.objects.create(pk=pk, operator=operator, **fields)
    request.sitting = sitting  # type: ignore[attr-defined]  # travels with the request, as `user` does
    return sitting


def of(request: HttpRequest) -> Sitting:
    """The sitting that a request of somebody signed in belongs to."""
    sitting: Sitting = request.sitting  # type: ignore[attr-defined]  # set by the middleware
    return sitting


def find(request: HttpRequest) -> Sitting | None:
    """By what the session says; none of somebody else's, and none that another sign-in promised and never began."""
    pk = request.session.get(KEY)
    return Sitting.objects.filter(pk=pk, operator=request.user).first() if pk else None


def why_over(sitting: Sitting | None, *, now: datetime) -> str:
    """Why it is over, in words for its person; empty where it goes on."""
    if sitting is None or sitting.ended_at is not None:
        return "You were signed out. Sign in again."
    if now - sitting.began_at >= LONGEST:
        return f"You were signed out after {LONGEST.seconds // 3600} hours. Sign in again."
    if now - sitting.seen_at >= IDLE:
        return f"You were signed out after {IDLE.seconds // 60} minutes in which you did nothing. Sign in again."
    return ""


def seen(sitting: Sitting, *, now: datetime) -> None:
    """Its person did something."""
    if now - sitting.seen_at >= COARSE:
        Sitting.objects.filter(pk=sitting.pk, ended_at=None).update(seen_at=now)


def hold(request: HttpRequest) -> None:
    """Whoever would end it waits; in a unit that is open."""
    Sitting.objects.select_for_update(of=("self",)).get(pk=of(request).pk)


def completed(request: HttpRequest, *, factor: str) -> None:
    """Whoever was signed in by a password alone has enrolled; in a unit that is open."""
    sitting = of(request)
    if not sitting.factor:
        sitting.factor = factor
        sitting.save(update_fields=["factor"])


def time_out(request: HttpRequest, sitting: Sitting | None, *, why: str) -> None:
    """Ends it, says so in the trail, and makes the request nobody's."""
    with unit(by=request.user) as work:
        if sitting is not None and sitting.ended_at is None:
            Sitting.objects.filter(pk=sitting.pk, ended_at=None).update(ended_at=work.now, ended_how=why[:100])
            work.note(TIMED_OUT, on=("session", sitting.pk), reason=why)
    request.timed_out = True  # type: ignore[attr-defined]  # the sign-out that follows is the clock's, and noted above
    logout(request)


def sign_out(request: HttpRequest) -> None:
    """In a unit that is open."""
    if pk := request.session.get(KEY):
        Sitting.objects.filter(pk=pk, ended_at=None).update(ended_at=clock.now(), ended_how="Signed out")


def end_others(request: HttpRequest) -> None:
    """Beside the one that a request is of; in a unit that is open. Their sessions are over for another reason already."""
    others = Sitting.objects.filter(operator=request.user, ended_at=None).exclude(pk=of(request).pk)
    others.update(ended_at=clock.now(), ended_how="The password was changed")


def end_of(operators: list[Operator], *, reason: str) -> list[Operator]:
    """Ends whatever these people are signed in with, for whoever runs the house; those who had a session that was open."""
    with unit() as work:
        found = Sitting.objects.filter(operator__in=operators, ended_at=None).values_list("operator_id", flat=True)
        ended = [each for each in operators if each.pk in set(found)]
        for each in operators:
            each.end_sessions("Ended by whoever runs the house")
        for each in ended:
            work.note(ENDED_ALL, on=("operator", each.operator_id), reason=reason)
    return ended


def listed(operator: Any, *, now: datetime) -> list[Sitting]:
    """Those in which somebody may still work, the newest first."""
    return list(Sitting.objects.filter(open_now(now=now), operator=operator).order_by(F("began_at").desc(), "pk"))


def end(request: HttpRequest, pk: UUID | None = None, *, but: Sitting | None = None) -> int:
    """Ends one of one's own sittings, or all (`but` one); how many."""
    with unit(by=request.user) as work:
        mine = Sitting.objects.filter(operator=request.user, ended_at=None)
        mine = mine.filter(pk=pk) if pk else mine.exclude(pk=but.pk if but else None)
        ended = list(mine.values_list("pk", flat=True))
        mine.update(ended_at=work.now, ended_how="Ended by its person")
        for each in ended:
            work.note(ENDED, on=("session", each))
    return len(ended)
