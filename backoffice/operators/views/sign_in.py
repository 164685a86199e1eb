"""The second step of signing in: after the password, or after the identity provider, the second factor."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account import views as allauth
from allauth.account.internal.decorators import login_stage_required
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backoffice.operators import codes, limits, passkeys, proving, signin, sittings
from backoffice.operators.forms import FactorForm
from backoffice.operators.models import Proof
from backoffice.operators.proving import SIGN_IN

INVALID = 422


class FirstStep(allauth.LoginView):  # type: ignore[misc]  # allauth ships no types
    """Name and password; the demo's page also says whose there are."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"shown": signin.shown(), "sso": settings.OIDC_NAME if settings.OIDC_URL else ""}

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().render_to_response(context, **kwargs)
        if settings.OIDC_URL:
            # Chromium holds the redirect that follows a form to `form-action`; no other page of ours sends one elsewhere.
            there = urlsplit(settings.OIDC_URL)
            response._csp_update = {"form-action": [f"{there.scheme}://{there.netloc}"]}  # type: ignore[attr-defined]  # noqa: SLF001  # as django-csp's own decorator does
        return response


first_step = FirstStep.as_view()


@login_stage_required(stage=AuthenticateStage.key, redirect_urlname="account_login")  # type: ignore[untyped-decorator]  # allauth ships no types
def second_step(request: HttpRequest) -> HttpResponse:
    stage: Any = request._login_stage  # type: ignore[attr-defined]  # noqa: SLF001  # where allauth's decorator puts it
    by = stage.login.user
    form = FactorForm(request.POST if request.method == "POST" else None, initial={"code": _code_of(by)})
    if request.method == "POST" and form.is_valid():
        try:
            proof = _proved(request, form, by=by)
        except (proving.NotProved, limits.TooMany) as why:
            form.add_error("code", str(why))
        else:
            sittings.proved(request, proof.method)
            answer: HttpResponse = stage.exit()
            return answer
    return _show(request, form, by=by)


def _proved(request: HttpRequest, form: FactorForm, *, by: Any) -> Proof:
    sitting = sittings.promised(request)
    if sent := form.cleaned_data["passkey"]:
        return proving.by_passkey(request, sent, by=by, sitting=sitting, purpose=SIGN_IN)[0]
    return proving.by_code(form.cleaned_data["code"], by=by, sitting=sitting, purpose=SIGN_IN)


def _show(request: HttpRequest, form: FactorForm, *, by: Any) -> HttpResponse:
    context = {
        "title": "Second factor",
        "form": form,
        "options": passkeys.begin(request, by=by, purpose=SIGN_IN),
        "has_app": codes.app_of(by) is not None,
    }
    return render(request, "sign_in/second_step.html", context, status=INVALID if form.errors else 200)


def _code_of(by: Any) -> str:
    """What the demo, and only the demo, fills in."""
    return next((each.code for each in signin.shown() if each.username == by.username), "")
