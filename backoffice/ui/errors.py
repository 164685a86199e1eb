"""The pages for what went wrong before a view could answer, or while one did; none of them reads the database."""

import sys

from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.views import defaults

from backoffice.ui.context import Shell

# PostgreSQL's own state of a transaction that it gave up waiting for; the driver files it under internal errors.
GIVEN_UP = "25P03"
AGAIN_IN_SECONDS = "5"


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The reason stays in the log: to the person it is always the same, the page was open for too long."""
    return render(request, "403_csrf.html", status=403)


def method_not_allowed(request: HttpRequest) -> HttpResponse:
    return render(request, "405.html", status=405)


def failed(request: HttpRequest) -> HttpResponse:
    """Where nobody caught what was raised; Django calls it while that is being handled, and has logged it."""
    return away(request) if _is_away(sys.exc_info()[1]) else defaults.server_error(request)


def away(request: HttpRequest) -> HttpResponse:
    """A transaction that was cut is rolled back or stands as a whole; what it was of is told by the form's own token."""
    context = {"shell": Shell(request), "was_sent": request.method not in ("GET", "HEAD")}
    response = HttpResponse(loader.render_to_string("503.html", context), status=503)
    response["Retry-After"], response["Cache-Control"] = AGAIN_IN_SECONDS, "no-store"
    return response


def _is_away(failure: BaseException | None) -> bool:
    """Whether it is the database's connection that failed, if only behind what was raised in the end."""
    while failure is not None:
        if isinstance(failure, OperationalError | InterfaceError):
            return True
        if isinstance(failure, InternalError) and getattr(failure.__cause__, "sqlstate", None) == GIVEN_UP:
            return True
        failure = failure.__cause__ or failure.__context__
    return False
