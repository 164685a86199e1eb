"""Whoever is signed in: whether their sitting goes on, what they still owe, and how fresh a second factor an act takes."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django_htmx.http import HttpResponseClientRedirect

from backoffice.access import FACTOR, SAFE, declared
from backoffice.audit import clock
from backoffice.operators import drafts, sittings, step_up

View = Callable[..., HttpResponse]
# What a page asks for by itself says so; nobody did it.
BY_ITSELF = "X-By-Itself"


class Sittings:
    """Stands before everything that asks who is signed in. A sitting that is over makes the request nobody's."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            self._sit(request)
        response = self.get_response(request)
        if getattr(request, "signed_out", False) or getattr(request, "timed_out", False):
            # Whatever a browser kept of pages all the same; over https alone it listens.
            response["Clear-Site-Data"] = '"cache"'
        return response

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        """Nobody does anything before they have a second factor."""
        declaration = declared(view)
        if not request.user.is_authenticated or declaration is None or declaration.roles is None:
            return None
        if FACTOR in declaration.before or sittings.of(request).factor:
            return None
        return go_to(request, "second_factor")

    def _sit(self, request: HttpRequest) -> None:
        now, sitting = clock.now(), sittings.find(request)
        if why := sittings.why_over(sitting, now=now):
            drafts.keep_what_was_sent(request)
            sittings.time_out(request, sitting, why=why)
            messages.warning(request, why)
            return
        request.sitting = sitting  # type: ignore[attr-defined]  # travels with the request, as `user` does
        if sitting and BY_ITSELF not in request.headers:
            sittings.seen(sitting, now=now)


class StepUps:
    """Stands after the check of roles: whoever may not do it at all is not asked for a code."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with step_up.nothing_given():
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, failure: Exception) -> HttpResponse | None:
        return step_up.ask(request, failure.need) if isinstance(failure, step_up.AlreadySpent) else None

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        asks = declaration.step_up if (declaration := declared(view)) else None
        if request.method in SAFE:
            return None
        if need := asks(request, kwargs) if asks else None:
            return step_up.insist(request, need)
        # Who only asks is answered, and nothing is done.
        return HttpResponse(status=204) if step_up.ONLY_ASKS in request.headers else None


def go_to(request: HttpRequest, url_name: str) -> HttpResponse:
    address = resolve_url(url_name)
    return HttpResponseClientRedirect(address) if request.headers.get("HX-Request") else redirect(address)
