"""Second factors of one person: which they have, and how one is added and removed. Whatever changes ends every other sitting."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest

from backoffice.audit.unit import Unit, unit
from backoffice.operators import codes, passkeys, recovery, sittings
from backoffice.operators.enrolments import ADDED, REMOVED, RESET
from backoffice.operators.marks import mark_of, new_mark
from backoffice.operators.models import Operator, Proof
from backoffice.operators.proving import keep

ENROLMENT = "enrolment"
COUNTING = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
LAST = "It is your only second factor. Add another one first."


class Refused(Exception):
    """The words say why."""


@dataclass(frozen=True)
class Factor:
    """One of them as its person sees it."""

    pk: int
    name: str
    is_passkey: bool
    added_at: datetime
    used_at: datetime | None


def of(by: Any) -> list[Factor]:
    rows = Authenticator.objects.filter(user=by, type__in=COUNTING).order_by("pk")
    used = dict(
        Proof.objects.filter(factor__in=[row.pk for row in rows], operator=by)
        .order_by("at")
        .values_list("factor", "at")
    )
    return [Factor(row.pk, _name(row), row.type == passkeys.OURS, row.created_at, used.get(row.pk)) for row in rows]


def are_there(by: Any) -> bool:
    return bool(Authenticator.objects.filter(user=by, type__in=COUNTING).exists())


def add_app(request: HttpRequest, seed: str, code: str) -> list[str]:
    """The app of a seed, once it shows the right code; recovery codes, where it is the first. Raises Refused."""
    by: Any = request.user
    with unit(by=by) as work:
        _lock(by)
        if codes.app_of(by):
            raise Refused("You have an app already. Remove it first.")
        step = codes.step_of(seed, "".join(code.split()), now=work.now)
        if step is None:
            raise Refused("This code is not the one that the app shows for this picture.")
        app = Authenticator(
            user=by, type=Authenticator.Type.TOTP, data={"secret": codes.sealed(seed, by=by)}, created_at=work.now
        )
        shown = _add(request, app, work, step=step)
    _renew(request)
    return shown


def add_passkey(request: HttpRequest, sent: str, name: str) -> list[str]:
    """The key that the browser just made; recovery codes, where it is the first. Raises Refused."""
    by: Any = request.user
    try:
        response = passkeys.enrolled(request, sent, by=by)
    except passkeys.BadKey as bad:
        raise Refused(f"The passkey was not taken. {bad}") from None
    with unit(by=by) as work:
        _lock(by)
        if len(passkeys.of(by)) >= passkeys.MOST_KEYS:
            raise Refused(f"More than {passkeys.MOST_KEYS} passkeys are nobody's.")
        data = {"name": name or "Passkey", "credential": response}
        key = Authenticator(user=by, type=passkeys.OURS, data=data, created_at=work.now)
        shown = _add(request, key, work, fingerprint=passkeys.fingerprint(key))
    _renew(request)
    return shown


def remove(request: HttpRequest, pk: int) -> None:
    """One's own, as long as another one is left. Raises Refused."""
    by: Any = request.user
    with unit(by=by) as work:
        _lock(by)
        found = Authenticator.objects.filter(user=by, type__in=COUNTING, pk=pk).first()
        if found is None:
            raise Refused("There is no such second factor of yours.")
        if not Authenticator.objects.filter(user=by, type__in=COUNTING).exclude(pk=pk).exists():
            raise Refused(LAST)
        _end_others(request)
        _take([found], work=work)
    _renew(request)


def new_codes(request: HttpRequest) -> list[str]:
    """New recovery codes in the place of whatever is left of the old."""
    by: Any = request.user
    with unit(by=by) as work:
        _lock(by)
        _end_others(request)
        made = recovery.replace(by, work=work)
    _renew(request)
    return made


def reset(operator: Operator, *, work: Unit) -> None:
    """Takes every factor of somebody who lost theirs, in the unit of the change that three people agreed to."""
    operator.end_sessions("Second factors were reset")
    work.note(RESET, on=("operator", operator.operator_id))
    _take(Authenticator.objects.select_for_update().filter(user=operator).order_by("pk"), work=work)


def enrol(row: Authenticator, *, work: Unit, **detail: str) -> None:
    """The entry, and the factor, which the database takes only beside it. In a unit with nothing else to lock."""
    row.data["mark"] = new_mark()
    told = {"type": row.type, "name": _name(row), **detail}
    work.note(ADDED, by=row.user, on=("factor", row.data["mark"]), detail=told)
    work.enter()
    row.save(force_insert=True)


def _take(rows: Iterable[Authenticator], *, work: Unit) -> None:
    """The entries, and then the rows, which the database lets go only beside them."""
    taken = list(rows)
    for row in taken:
        action = recovery.VOID if row.type == recovery.OURS else REMOVED
        work.note(action, on=("factor", mark_of(row)), detail={"type": row.type, "name": _name(row)})
    work.enter()
    for row in taken:
        row.delete()


def _add(request: HttpRequest, row: Authenticator, work: Unit, *, step: int | None = None, **detail: str) -> list[str]:
    """What waits for locks comes before the entries; recovery codes, where it is the first factor."""
    by, method = row.user, Proof.Method.PASSKEY if row.type == passkeys.OURS else Proof.Method.TOTP
    sittings.hold(request)
    _end_others(request)
    enrol(row, work=work, **detail)
    keep(work, by=by, sitting=_sitting(request), purpose=ENROLMENT, method=method, factor=row.pk, step=step)
    sittings.completed(request, factor=method)
    has_codes = Authenticator.objects.filter(user=by, type=recovery.OURS).exists()
    return [] if has_codes else recovery.replace(by, work=work)


def _lock(by: Any) -> None:
    """One change of somebody's factors at a time; what only names the person does not wait for it."""
    locked = Operator.objects.select_for_update(of=("self",), no_key=True)
    by.sessions_ended = locked.get(pk=by.pk).sessions_ended


def _end_others(request: HttpRequest) -> None:
    by: Any = request.user
    by.end_sessions("A second factor was changed", but=sittings.of(request))


def _renew(request: HttpRequest) -> None:
    """Whoever did it stays signed in, under a new session key."""
    update_session_auth_hash(request, request.user)  # type: ignore[arg-type]  # it is an operator


def _sitting(request: HttpRequest) -> Any:
    return sittings.of(request).pk


def _name(row: Authenticator) -> str:
    if row.type == recovery.OURS:
        return "Recovery codes"
    return str(row.data.get("name", "Passkey")) if row.type == passkeys.OURS else "App with codes"
