"""Keeps where a request comes from, and puts what was refused to a signed-in operator into the trail."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import DENIED
from backoffice.audit.where import HERE, Where


class Middleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = HERE.set(Where(_address(request), request.headers.get("User-Agent", "")[:200]))
        try:
            response = self.get_response(request)
            if response.status_code == 403 and request.user.is_authenticated:
                _note_denied(request)
            return response
        finally:
            HERE.reset(token)


def _address(request: HttpRequest) -> str:
    """The address that the outermost of our own proxies saw; without any, the connection's."""
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if settings.TRUSTED_PROXIES and len(seen) >= settings.TRUSTED_PROXIES:
        return seen[-settings.TRUSTED_PROXIES][:45]
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


def _note_denied(request: HttpRequest) -> None:
    with unit() as work:
        work.note(DENIED, by=request.user, detail={"method": request.method or "", "path": request.path[:500]})
