"""Whoever signs in with a password that was made for them gives themselves another one before they do anything else."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from backoffice.access import PASSWORD, declared
from backoffice.governance import passwords
from backoffice.operators.middleware import go_to

View = Callable[..., HttpResponse]


class OwnPassword:
    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        declaration = declared(view)
        if not request.user.is_authenticated or declaration is None or declaration.roles is None:
            return None
        if PASSWORD in declaration.before or not passwords.is_first(request.user):
            return None
        return go_to(request, "account_change_password")
