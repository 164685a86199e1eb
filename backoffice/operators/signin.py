"""Sign-in: how django-allauth is bent to this house, and what of it stands in the trail."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.signals import password_changed
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url

from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import register
from backoffice.operators import limits, sittings
from backoffice.operators.models import Operator

SIGNED_IN = register("operator.signed_in", "Signed in")
SIGNED_OUT = register("operator.signed_out", "Signed out")
CHANGED = register("operator.password_changed", "Password changed", "warn")
REFUSED = register("operator.sign_in_refused", "Sign-in refused", "warn")


@dataclass(frozen=True)
class Shown:
    """Somebody whose sign-in a page may show, as only the demo's does: how to sign in as them, and their code now."""

    username: str
    password: str
    does: str
    code: str


# Filled by the demo, which this layer does not know of.
published: list[Callable[[], list[Shown]]] = []


def shown() -> list[Shown]:
    return [each for ask in published for each in ask()]


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Whoever is locked out is told so, and so is the trail."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            username = str(credentials.get("username", ""))
            known = Operator.objects.filter(username=username).values_list("operator_id", flat=True).first()
            limits.note(limits.of_password(username), who=known or _cut(username))
            raise

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """By the name alone: allauth's own counts anew for each of the house's host names."""
        return limits.of_password(str(credentials.get("username", "")))

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        """Says no more than a wrong password does."""
        messages.error(request, self.error_messages["username_password_mismatch"])
        return redirect("account_login")

    def set_password(self, user: Any, password: str) -> None:
        """This column alone: the web may write no other of a sign-in's than it has to."""
        user.set_password(password)
        user.save(update_fields=["password"])

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return resolve_url(settings.LOGIN_REDIRECT_URL)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Says nothing: the page that follows shows who is signed in."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Sends nothing: what happens to a sign-in stands in the trail."""


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """allauth keeps the factors and asks for one; seeds are sealed where it is known whose they are."""

    def encrypt(self, text: str) -> str:
        raise NotImplementedError("Secrets of factors are sealed by codes.py, each with whose it is.")

    def decrypt(self, encrypted_text: str) -> str:
        raise NotImplementedError("Secrets of factors are opened by codes.py, each with whose it is.")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Never the Host header, which is whatever somebody sends."""
        return {"id": urlsplit(settings.PUBLIC_URL).hostname or "", "name": "Countersign"}


@receiver(user_logged_in)
def note_signed_in(user: Any, request: HttpRequest, **_: Any) -> None:
    with unit() as work:
        sitting = sittings.begin(request, user)
        work.note(
            SIGNED_IN, by=user, on=("session", sitting.pk), detail={"second_factor": sitting.factor or "none yet"}
        )


@receiver(user_logged_out)
def note_signed_out(user: Any, request: HttpRequest, **_: Any) -> None:
    if user is not None and not getattr(request, "timed_out", False):
        with unit() as work:
            sittings.sign_out(request)
            work.note(SIGNED_OUT, by=user)
        request.signed_out = True  # type: ignore[attr-defined]  # read by the middleware that answers


@receiver(password_changed)
def note_changed(user: Any, request: HttpRequest, **_: Any) -> None:
    with unit() as work:
        sittings.end_others(request)
        work.note(CHANGED, by=user)


@receiver(user_login_failed)
def note_refused(credentials: dict[str, Any], **_: Any) -> None:
    """The name that was typed is kept, cut short: people type passwords into that field too."""
    with unit() as work:
        work.note(REFUSED, detail={"username": _cut(str(credentials.get("username", "")))})


def _cut(username: str) -> str:
    return username[:3] + "…"
