"""Proving that one holds one's second factor: the code or the key is looked at, counted, and kept as a proof for one purpose."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.http import HttpRequest

from backoffice.audit import clock
from backoffice.audit.unit import Unit, unit
from backoffice.audit.vocabulary import register
from backoffice.operators import codes, limits, passkeys, recovery
from backoffice.operators.marks import mark_of
from backoffice.operators.models import Proof
from backoffice.operators.signing import Assertion
from backoffice.safety.sealing import Broken

PROVED = register("operator.second_factor_given", "Second factor given")
REFUSED = register("operator.second_factor_refused", "Second factor refused", "warn")
COPIED = register("operator.passkey_copied", "Passkey refused: its counter went back", "bad")
SIGN_IN = "sign-in"
USED, WRONG = "This code was used already. Wait for the next one.", "This code is not right."
NO_KEY = "The passkey did not answer as it was asked. Try again."


class NotProved(Exception):
    """The words are for the person."""


def by_code(typed: str, *, by: Any, sitting: UUID, purpose: str) -> Proof:
    """Six digits of the app; or a recovery code, which opens the door and nothing else. Raises NotProved, TooMany."""
    typed = "".join(typed.split())
    with limits.counted(limits.of_factor(by), who=by.operator_id):
        if typed.isascii() and typed.isdigit() and len(typed) == codes.DIGITS:
            return _by_app(typed, by=by, sitting=sitting, purpose=purpose)
        if purpose == SIGN_IN:
            return _by_recovery_code(typed, by=by, sitting=sitting)
        raise _refused("no code of an app", WRONG, by=by, purpose=purpose)


def by_passkey(
    request: HttpRequest, sent: str, *, by: Any, sitting: UUID, purpose: str, leaf: str = ""
) -> tuple[Proof, Assertion | None]:
    """What a key signed for this purpose, and over `leaf`, where there is one. Raises NotProved, TooMany."""
    with limits.counted(limits.of_factor(by), who=by.operator_id):
        try:
            touch = passkeys.signed(request, sent, by=by, purpose=purpose, leaf=leaf)
        except passkeys.BadKey as bad:
            raise _refused(f"passkey: {bad}", NO_KEY, by=by, purpose=purpose) from None
        try:
            with unit(by=by) as work:
                passkeys.count(touch.key, touch.counter)
                fields = {"method": Proof.Method.PASSKEY, "factor": touch.key.pk}
                return keep(work, by=by, sitting=sitting, purpose=purpose, **fields), touch.signed
        except passkeys.BadKey as bad:
            _note_copied(touch.key, str(bad), by=by, purpose=purpose)
            raise NotProved(NO_KEY) from None


def keep(work: Unit, *, by: Any, sitting: UUID, purpose: str, **fields: Any) -> Proof:
    """The entry that says so, and the proof, which the database takes only beside it. In a unit with nothing else to lock."""
    work.note(PROVED, by=by, on=("session", sitting), detail={"grade": fields["method"], "for": purpose})
    kept = {"operator": by, "sitting": sitting, "purpose": purpose, "entry": work.enter(), "at": work.now}
    proof: Proof = Proof.objects.create(**kept, **fields)
    return proof


def _note_copied(key: Any, why: str, *, by: Any, purpose: str) -> None:
    with unit(by=by) as work:
        work.note(COPIED, on=("factor", mark_of(key)), reason=why, detail={"for": purpose})


def _by_app(typed: str, *, by: Any, sitting: UUID, purpose: str) -> Proof:
    app = codes.app_of(by)
    if app is None:
        raise _refused("no app is enrolled", WRONG, by=by, purpose=purpose)
    try:
        step = codes.step_of(codes.unsealed(app.data["secret"], by=by), typed, now=clock.now())
    except Broken as broken:
        raise _refused(
            str(broken), "The app that was enrolled cannot be read. Tell an administrator.", by=by, purpose=purpose
        ) from None
    if step is None:
        raise _refused("a code of another moment or app", WRONG, by=by, purpose=purpose)
    try:
        with unit(by=by) as work:
            fields = {"method": Proof.Method.TOTP, "factor": app.pk, "step": step}
            return keep(work, by=by, sitting=sitting, purpose=purpose, **fields)
    except IntegrityError:
        raise _refused("a code that was used already", USED, by=by, purpose=purpose) from None


def _by_recovery_code(typed: str, *, by: Any, sitting: UUID) -> Proof:
    with unit(by=by) as work:
        if row := recovery.cross_out(by, typed, work=work):
            fields = {"method": Proof.Method.RECOVERY, "factor": row.pk}
            return keep(work, by=by, sitting=sitting, purpose=SIGN_IN, **fields)
    raise _refused("no recovery code", WRONG, by=by, purpose=SIGN_IN)


def _refused(why: str, words: str, *, by: Any, purpose: str) -> NotProved:
    with unit(by=by) as work:
        work.note(REFUSED, reason=why, detail={"for": purpose})
    return NotProved(words)
