"""One's own second factors: what there is, and adding and removing them. Whoever has none sees nothing else of this house."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from backoffice.access import FACTOR, PASSWORD, StepUp, signed_in
from backoffice.audit import clock
from backoffice.operators import codes, factors, passkeys, recovery, sittings, step_up
from backoffice.operators.forms import AppForm, PasskeyForm
from backoffice.safety.sealing import Broken

INVALID, CONFLICT = 422, 409
SEED = "enrolment.seed"
# Whoever has no second factor yet is known by a password or a provider alone: that counts for so long, then they sign in again.
FIRST_WITHIN = timedelta(minutes=5)


def _again(request: HttpRequest, named: Any) -> StepUp | None:
    """Whoever has a factor gives it before they change anything; the first one has nothing to be asked for."""
    return step_up.five_minutes(request, named) if sittings.of(request).factor else None


@signed_in(before=[FACTOR, PASSWORD])
def listing(request: HttpRequest) -> HttpResponse:
    return _too_late(request) or show(request)


@signed_in(methods=["POST"], step_up=_again, before=[FACTOR, PASSWORD])
def app(request: HttpRequest) -> HttpResponse:
    form = AppForm(request.POST)
    if late := _too_late(request):
        return late
    if not form.is_valid():
        return show(request, app_form=form, status=INVALID)
    try:
        shown = factors.add_app(request, _seed(request), form.cleaned_data["code"])
    except factors.Refused as refused:
        form.add_error("code", str(refused))
        return show(request, app_form=form, status=INVALID)
    request.session.pop(SEED, None)
    return _done(request, shown, "The app is your second factor now.")


@signed_in(methods=["POST"], step_up=_again, before=[FACTOR, PASSWORD])
def passkey(request: HttpRequest) -> HttpResponse:
    form = PasskeyForm(request.POST)
    if late := _too_late(request):
        return late
    if not form.is_valid():
        return show(request, passkey_form=form, status=INVALID)
    try:
        shown = factors.add_passkey(request, form.cleaned_data["passkey"], form.cleaned_data["name"])
    except factors.Refused as refused:
        form.add_error("name", str(refused))
        return show(request, passkey_form=form, status=INVALID)
    return _done(request, shown, "The passkey is a second factor of yours now.")


@signed_in(methods=["POST"], step_up=_again)
def removal(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        factors.remove(request, pk)
    except factors.Refused as refused:
        messages.error(request, str(refused))
        return show(request, status=CONFLICT)
    messages.success(request, "Removed. Everywhere else you are signed out.")
    return redirect("second_factor")


@signed_in(methods=["POST"], step_up=_again)
def recovery_codes(request: HttpRequest) -> HttpResponse:
    return _done(request, factors.new_codes(request), "")


def show(request: HttpRequest, *, status: int = 200, **bound: Any) -> HttpResponse:
    """The page; `bound` is a form that came back with errors."""
    by: Any = request.user
    theirs, has_app = factors.of(by), codes.app_of(by) is not None
    seed = "" if has_app else _seed(request)
    context = {
        "title": "Second factor",
        "factors": theirs,
        "is_last": len(theirs) == 1,
        "codes_left": recovery.left(by),
        "seed": " ".join(seed[at : at + 4] for at in range(0, len(seed), 4)),
        "picture": codes.picture(codes.address(seed, by=by)) if seed else "",
        "app_form": None if has_app else AppForm(auto_id="app_%s"),
        "passkey_form": PasskeyForm(auto_id="passkey_%s") if passkeys.are_offered() else None,
        "options": passkeys.begin_enrolment(request, by=by) if passkeys.are_offered() else "",
    }
    page = "sign_in/factors.html" if theirs else "sign_in/enrolment.html"
    return render(request, page, context | bound, status=status)


def _done(request: HttpRequest, shown: list[str], words: str) -> HttpResponse:
    """Recovery codes are shown in this answer alone, which no cache keeps."""
    if not shown:
        messages.success(request, words)
        return redirect("second_factor")
    return render(request, "sign_in/recovery_codes.html", {"title": "Recovery codes", "codes": shown, "words": words})


def _seed(request: HttpRequest) -> str:
    """Of the app that is being enrolled: made once, and kept sealed until it is."""
    try:
        return codes.unsealed(request.session[SEED], by=request.user)
    except (KeyError, Broken):
        seed = codes.new_seed()
        request.session[SEED] = codes.sealed(seed, by=request.user)
        return seed


def _too_late(request: HttpRequest) -> HttpResponse | None:
    """A session that was left open, or stolen, enrols nobody's first factor."""
    sitting = sittings.of(request)
    if sitting.factor or clock.now() - sitting.began_at < FIRST_WITHIN:
        return None
    logout(request)
    messages.warning(request, "That took too long. Sign in again, and enrol your second factor then.")
    return redirect("account_login")
