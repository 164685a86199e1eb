"""Step-up: whoever does something grave gives their second factor again. The form comes along, and is lost to nobody.

allauth's re-authentication does not do: it lets through whoever has no password, takes a password alone from whoever has
an app, and keeps the form in the session.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backoffice.access import StepUp
from backoffice.audit import clock
from backoffice.audit.unit import Unit
from backoffice.audit.vocabulary import register
from backoffice.operators import codes, limits, passkeys, proving, sittings
from backoffice.operators.models import Proof
from backoffice.operators.signing import NOTHING, Assertion, Given

ASKED = register("operator.second_factor_asked", "Second factor asked for")
SPENT = register("operator.second_factor_spent", "Second factor used for this alone")
# A recovery code opens the door; it agrees to nothing.
COUNTS = (Proof.Method.TOTP, Proof.Method.PASSKEY)
CODE, PASSKEY = "second_factor_code", "second_factor_passkey"
NOT_SENT_AGAIN = {"csrfmiddlewaretoken", CODE, PASSKEY}
# Answered with: the form was not sent on, and what is missing is a second factor.
HEADER, ONLY_ASKS = "Step-Up", "X-Step-Up-Asks"


@dataclass
class Once:
    """A proof that is for one act alone. What is decided together is one act in several units, of which the first spends it."""

    proof: Proof
    need: StepUp
    spent_at: datetime | None = None


class AlreadySpent(Exception):
    """Of two requests with one proof the other one was quicker; the person is asked again."""

    def __init__(self, need: StepUp) -> None:
        super().__init__("What was given for this alone was used already.")
        self.need = need


_once: ContextVar[Once | None] = ContextVar("once", default=None)


def five_minutes(request: HttpRequest, named: Any) -> StepUp:
    """What most acts take that take any."""
    return StepUp(seconds=300)


def insist(request: HttpRequest, need: StepUp) -> HttpResponse | None:
    """None where their second factor is fresh enough, by what came along with the form too; else the answer that asks for it.

    What let it through, the act finds with `given`.
    """
    try:
        signed = _prove(request, need) if _is_given(request) else None
        if need.is_signed and signed is None:
            return ask(request, need)
        if request.headers.get(ONLY_ASKS):
            return HttpResponse(status=204) if fresh_second_factor(request, need) else ask(request, need)
        if proof := fresh_second_factor(request, need):
            _once.set(Once(proof, need) if need.is_for_this_alone else None)
            request.second_factor = Given(proof.method, signed)  # type: ignore[attr-defined]  # travels with the request
            return None
    except (proving.NotProved, limits.TooMany) as why:
        return ask(request, need, why=str(why))
    except limits.AWAY:
        return limits.away(request)
    return ask(request, need)


def given(request: HttpRequest) -> Given:
    """The second factor by which this act was let through."""
    return getattr(request, "second_factor", NOTHING)


@contextmanager
def nothing_given() -> Iterator[None]:
    """What was given for one request is nothing to the next one on this thread."""
    token = _once.set(None)
    try:
        yield
    finally:
        _once.reset(token)


def spend(work: Unit) -> None:
    """In the unit of an act, after it: what was given for this alone is spent with it, and with nothing that came to nothing.

    Raises AlreadySpent where another request used it meanwhile; then nothing of this act is done.
    """
    if once := _once.get():
        mine = Proof.objects.filter(pk=once.proof.pk)
        if mine.filter(spent_at=None).update(spent_at=work.now):
            once.spent_at = work.now
            told = {"grade": once.proof.method, "for": once.proof.purpose}
            work.note(SPENT, by=once.proof.operator, on=("proof", once.proof.pk), detail=told)
        elif not once.spent_at or not mine.filter(spent_at=once.spent_at).exists():
            raise AlreadySpent(once.need)


def fresh_second_factor(request: HttpRequest, need: StepUp) -> Proof | None:
    """The proof that is fresh enough: of this person, in this sitting, and where need be for this alone and not spent yet."""
    now = clock.now()
    proofs = Proof.objects.filter(
        operator=request.user,
        sitting=sittings.of(request).pk,
        method__in=COUNTS,
        at__gt=now - timedelta(seconds=need.seconds),
    )
    if need.is_for_this_alone:
        proofs = proofs.filter(purpose=request.path, spent_at=None)
    proof: Proof | None = proofs.select_related("operator").order_by("-at", "-pk").first()
    return proof


def ask(request: HttpRequest, need: StepUp, *, why: str = "") -> HttpResponse:
    """403 with a page on which the form can be sent again with a second factor, or with that part of it alone, for a dialog."""
    by: Any = request.user
    context = {
        "title": "Sign with your passkey" if need.is_signed else "Your second factor, please",
        "why": why,
        "need": need,
        "minutes": need.seconds // 60,
        "sent": [
            (name, value) for name, values in request.POST.lists() for value in values if name not in NOT_SENT_AGAIN
        ],
        "options": passkeys.begin(request, by=by, purpose=request.path, leaf=need.leaf),
        "has_app": not need.is_signed and codes.app_of(by) is not None,
        "code_name": CODE,
        "passkey_name": PASSKEY,
    }
    part = "#dialog" if request.headers.get(ONLY_ASKS) else ""
    response = render(request, f"sign_in/step_up.html{part}", context, status=403)
    response[HEADER] = "required"
    return response


def _is_given(request: HttpRequest) -> bool:
    return bool(request.POST.get(CODE, "").strip() or request.POST.get(PASSKEY, "").strip())


def _prove(request: HttpRequest, need: StepUp) -> Assertion | None:
    by, sitting = request.user, sittings.of(request).pk
    if sent := request.POST.get(PASSKEY, "").strip():
        return proving.by_passkey(request, sent, by=by, sitting=sitting, purpose=request.path, leaf=need.leaf)[1]
    proving.by_code(request.POST.get(CODE, ""), by=by, sitting=sitting, purpose=request.path)
    return None
