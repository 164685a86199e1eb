"""What people do with a change of the rules: propose it, agree to it, refuse it, take it back. Each act is one unit of work."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection
from uuid_utils.compat import uuid7

from backoffice.access import Role
from backoffice.audit.unit import Unit, unit
from backoffice.audit.vocabulary import register
from backoffice.governance import coverage
from backoffice.governance.amendments import Amendment
from backoffice.governance.models import SEATS, Change, Vote
from backoffice.governance.say import missing, why_not_agree, why_not_decide, why_not_propose, why_not_withdraw
from backoffice.operations import expiry
from backoffice.operations.canonical import canonical, hash_of, sha256
from backoffice.operations.desk import Refusal, Stale
from backoffice.operations.versions import NoPolicy

PROPOSED = register("change.proposed", "Change of the rules proposed", "warn")
AGREED = register("change.agreed", "Change of the rules agreed to", "ok")
APPLIED = register("change.applied", "Change of the rules in force", "warn")
REFUSED = register("change.refused", "Change of the rules refused", "bad")
WITHDRAWN = register("change.withdrawn", "Change of the rules withdrawn")
EXPIRED = register("change.expired", "Change of the rules expired")
NOT_DONE = register("change.act_refused", "Act on the rules refused", "warn")
TAKES_PART = (Role.ADMINISTRATOR, Role.COMPLIANCE)
APPLY_LOCK = 0x0C0117E7
MOST = 100


def propose(amendment: Amendment, *, by: Any, reason: str) -> Change:
    """Puts a change before the two others; until they agree nothing is different. Raises Refusal."""
    try:
        with unit(by=by) as work:
            _end_lapsed(Change.objects.filter(about=amendment.about), work)
            if why := why_not_propose(amendment, by=by) or _why_not(amendment):
                raise Refusal(why)
            change = _drawn_up(amendment, by=by, reason=reason, now=work.now)
            change.save(force_insert=True)
            _note(work, PROPOSED, change, reason=reason, by=by, effect=change.effect)
    except IntegrityError:
        raise _refused(Refusal("It is proposed already, and waits for agreement."), amendment, by) from None
    except Refusal as refusal:
        raise _refused(refusal, amendment, by) from None
    return change


def agree(pk: UUID, *, by: Any, seen: str, reason: str = "") -> Change:
    """One person's agreement; the last that it takes applies the change in this very unit. Raises Refusal, Stale."""
    with _acting(pk, by) as (change, work):
        if why := why_not_agree(change, by=by, now=work.now):
            raise Refusal(why)
        _vote(change, Vote.Verb.AGREEMENT, by=by, seen=seen, reason=reason, now=work.now)
        _note(work, AGREED, change, by=by, reason=reason)
        if not missing(change):
            _apply(change, work)
    return change


def refuse(pk: UUID, *, by: Any, seen: str, reason: str) -> Change:
    """One person's word against it ends it."""
    with _acting(pk, by) as (change, work):
        if why := why_not_decide(change, by=by, now=work.now):
            raise Refusal(why)
        _vote(change, Vote.Verb.REFUSAL, by=by, seen=seen, reason=reason, now=work.now)
        _end(change, Change.State.REFUSED, now=work.now)
        _note(work, REFUSED, change, by=by, reason=reason)
    return change


def withdraw(pk: UUID, *, by: Any) -> Change:
    """Its author takes it back."""
    with _acting(pk, by) as (change, work):
        if why := why_not_withdraw(change, by=by, now=work.now):
            raise Refusal(why)
        _end(change, Change.State.WITHDRAWN, now=work.now)
        _note(work, WITHDRAWN, change, by=by)
    return change


def expire(*, now: datetime) -> int:
    """Ends what nobody decided on in time; returns how many."""
    if not Change.objects.filter(state=Change.State.PROPOSED, lapses_at__lte=now).exists():
        return 0
    with unit() as work:
        return _end_lapsed(Change.objects.all(), work)


def seen_of(change: Change) -> str:
    """The hash of all that a person sees of it: the payload, and what it would change as things stand now."""
    return sha256(change.payload_hash, told(change.amendment))


def told(amendment: Amendment) -> str:
    """Its effect, canonical."""
    effects = [{"label": e.label, "before": str(e.before), "after": str(e.after)} for e in amendment.effects()]
    return canonical({"effects": effects})


def _drawn_up(amendment: Amendment, *, by: Any, reason: str, now: datetime) -> Change:
    payload = amendment.canonical()
    return Change(
        id=uuid7(),
        kind=amendment.kind,
        about=amendment.about,
        payload=payload,
        payload_hash=hash_of(payload),
        effect=told(amendment),
        reason=reason,
        author=by,
        author_person=by.person_id,
        proposed_at=now,
        lapses_at=expiry.of_request(now),
    )


def _why_not(amendment: Amendment) -> str:
    """Why it cannot be done as things stand: in itself, or since it would leave something without people enough."""
    if why := amendment.why_not():
        return why
    try:
        return coverage.why_not(amendment) if amendment.concerns_coverage else ""
    except NoPolicy as failure:
        return str(failure)


def _vote(change: Change, verb: Vote.Verb, *, by: Any, seen: str, reason: str, now: datetime) -> None:
    if seen != seen_of(change):
        raise Stale("What you saw is not what stands here. Look at it again, then decide.")
    seat = next(role for role in SEATS if role in by.roles)
    fields = {"seat": seat, "verb": verb, "payload_hash": change.payload_hash, "seen": seen, "reason": reason}
    Vote.objects.create(change=change, by=by, person=by.person_id, at=now, **fields)


def _apply(change: Change, work: Unit) -> None:
    """So that two changes do not each count on whom the other takes away."""
    alone()
    if why := _why_not(change.amendment):
        raise Refusal(f"It cannot be done now. {why}")
    last = Change.objects.order_by("-number").exclude(number=None).values_list("number", flat=True).first() or 0
    # First the change, then its effect: the database lets nobody have an effect that no applied change says.
    _end(change, Change.State.APPLIED, now=work.now, number=last + 1)
    change.amendment.apply(change, work=work)
    agreed = {f"agreed_{vote.seat}": vote.by.operator_id for vote in change.votes.select_related("by")}
    told_ = {"author": change.author.operator_id, **agreed}
    _note(work, APPLIED, change, by=change.author, reason=change.reason, **told_)


def alone() -> None:
    """Alone among all that is applied, until the unit that is open ends; on SQLite a unit is alone as it is."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [APPLY_LOCK])


def _end(change: Change, state: Change.State, *, now: datetime, number: int | None = None) -> None:
    change.state, change.ended_at, change.number = state, now, number
    change.save(update_fields=["state", "ended_at", "number"])


def _end_lapsed(changes: Any, work: Unit) -> int:
    lapsed = changes.filter(state=Change.State.PROPOSED, lapses_at__lte=work.now).order_by("pk")
    ended = list(lapsed.select_for_update()[:MOST])
    for change in ended:
        _end(change, Change.State.EXPIRED, now=work.now)
        _note(work, EXPIRED, change)
    return len(ended)


def _note(work: Unit, action: str, change: Change, *, by: Any = None, reason: str = "", **detail: str) -> None:
    told_ = {"kind": change.kind, "title": change.amendment.title, "about": change.about}
    hashed = {"payload_hash": change.payload_hash}
    work.note(action, by=by, on=("change", change.pk), reason=reason, detail=told_ | hashed | detail)


@contextmanager
def _acting(pk: UUID, by: Any) -> Iterator[tuple[Change, Unit]]:
    """A unit with the change locked; a refusal in it rolls everything back and is then noted."""
    change = None
    try:
        with unit(by=by) as work:
            change = Change.objects.select_for_update().get(pk=pk)
            yield change, work
    except Refusal as refusal:
        with unit(by=by) as work:
            work.note(NOT_DONE, on=("change", pk), reason=str(refusal))
        raise
    change.refresh_from_db()


def _refused(refusal: Refusal, amendment: Amendment, by: Any) -> Refusal:
    with unit(by=by) as work:
        detail = {"kind": amendment.kind, "about": amendment.about, "payload_hash": hash_of(amendment.canonical())}
        work.note(NOT_DONE, reason=str(refusal), detail=detail)
    return refusal
