"""Second factors of one person: which they have, and how one is added and removed. Whatever changes ends every other sitting."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest

from backoffice.audit.unit import Unit, unit
from backoffice.audit.vocabulary import register
from backoffice.operators import codes, passkeys, recovery, sittings
from backoffice.operators.enrolments import ADDED, REMOVED, RESET
from backoffice.operators.models import Operator, Proof
from backoffice.operators.proving import keep

CODES_MADE = register("operator.recovery_codes_made", "Recovery codes made", "warn")
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
        app = Authenticator.objects.create(
            user=by, type=Authenticator.Type.TOTP, data={"secret": codes.sealed(seed, by=by)}, created_at=work.now
        )
        keep(
            work,
            by=by,
            sitting=_sitting(request),
            purpose=ENROLMENT,
            method=Proof.Method.TOTP,
            factor=app.pk,
            step=step,
        )
        shown = _added(request, app, work, name=_name(app))
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
        key = Authenticator.objects.create(user=by, type=passkeys.OURS, data=data, created_at=work.now)
        keep(work, by=by, sitting=_sitting(request), purpose=ENROLMENT, method=Proof.Method.PASSKEY, factor=key.pk)
        shown = _added(request, key, work, name=_name(key), fingerprint=passkeys.fingerprint(key))
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
        name = _name(found)
        found.delete()
        work.note(REMOVED, on=("factor", pk), detail={"type": found.type, "name": name})
        _end_others(request)
    _renew(request)


def new_codes(request: HttpRequest) -> list[str]:
    """New recovery codes in the place of whatever is left of the old."""
    by: Any = request.user
    with unit(by=by) as work:
        _lock(by)
        made = recovery.replace(by)
        work.note(CODES_MADE, on=("operator", by.operator_id))
        _end_others(request)
    _renew(request)
    return made


def reset(operator: Operator, *, work: Unit) -> None:
    """Takes every factor of somebody who lost theirs, in the unit of the change that three people agreed to."""
    Authenticator.objects.filter(user=operator).delete()
    work.note(RESET, on=("operator", operator.operator_id))
    operator.end_sessions("Second factors were reset")


def _added(request: HttpRequest, made: Authenticator, work: Unit, **detail: str) -> list[str]:
    by: Any = request.user
    work.note(ADDED, on=("factor", made.pk), detail={"type": made.type, **detail})
    is_first = not Authenticator.objects.filter(user=by, type=recovery.OURS).exists()
    shown = recovery.replace(by) if is_first else []
    if shown:
        work.note(CODES_MADE, on=("operator", by.operator_id))
    sittings.completed(request, factor=Proof.Method.PASSKEY if made.type == passkeys.OURS else Proof.Method.TOTP)
    _end_others(request)
    return shown


def _lock(by: Any) -> None:
    """One change of somebody's factors at a time."""
    by.sessions_ended = Operator.objects.select_for_update(of=("self",)).get(pk=by.pk).sessions_ended


def _end_others(request: HttpRequest) -> None:
    by: Any = request.user
    by.end_sessions("A second factor was changed", but=sittings.of(request))


def _renew(request: HttpRequest) -> None:
    """Whoever did it stays signed in, under a new session key."""
    update_session_auth_hash(request, request.user)  # type: ignore[arg-type]  # it is an operator


def _sitting(request: HttpRequest) -> Any:
    return sittings.of(request).pk


def _name(row: Authenticator) -> str:
    return str(row.data.get("name", "Passkey")) if row.type == passkeys.OURS else "App with codes"
