"""Sign-in: how django-allauth is bent to this house, and what of it stands in the trail."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.signals import password_changed
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url

from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import register

SIGNED_IN = register("operator.signed_in", "Signed in")
SIGNED_OUT = register("operator.signed_out", "Signed out")
CHANGED = register("operator.password_changed", "Password changed", "warn")
REFUSED = register("operator.sign_in_refused", "Sign-in refused", "warn")


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        """Says no more than a wrong password does."""
        messages.error(request, self.error_messages["username_password_mismatch"])
        return redirect("account_login")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return resolve_url(settings.LOGIN_REDIRECT_URL)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Says nothing: the page that follows shows who is signed in."""


@receiver(user_logged_in)
def note_signed_in(user: Any, **_: Any) -> None:
    with unit() as work:
        work.note(SIGNED_IN, by=user)


@receiver(user_logged_out)
def note_signed_out(user: Any, **_: Any) -> None:
    if user is not None:
        with unit() as work:
            work.note(SIGNED_OUT, by=user)


@receiver(password_changed)
def note_changed(user: Any, **_: Any) -> None:
    with unit() as work:
        work.note(CHANGED, by=user)


@receiver(user_login_failed)
def note_refused(credentials: dict[str, Any], **_: Any) -> None:
    """The name that was typed is kept, cut short: people type passwords into that field too."""
    with unit() as work:
        work.note(REFUSED, detail={"username": str(credentials.get("username", ""))[:3] + "…"})
