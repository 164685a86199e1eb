"""Whether this process lives, and whether it can serve: for supervisors of processes, not for people."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse

from backoffice.audit import guards

TEXT = "text/plain; charset=utf-8"


def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive\n", content_type=TEXT)


def readyz(request: HttpRequest) -> HttpResponse:
    """503 while the database is away or its guards are not the ones of this release."""
    try:
        absent = guards.missing(connection)
    except DatabaseError:
        return HttpResponse("the database is away\n", status=503, content_type=TEXT)
    if absent:
        return HttpResponse("the database's guards are not this release's\n", status=503, content_type=TEXT)
    return HttpResponse("ready\n", content_type=TEXT)
