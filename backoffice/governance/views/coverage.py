"""Whether there are people enough on the days ahead, as things stand now, and when that was last checked."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backoffice.access import READERS, Role, access
from backoffice.audit import clock
from backoffice.calendar.queries import calendar
from backoffice.governance import ahead, watch
from backoffice.mail import queries as mail
from backoffice.operations.versions import NoPolicy


@access(*READERS, Role.ADMINISTRATOR)
def desk(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    context: dict[str, Any] = {
        "title": "Coverage",
        "last": watch.last(),
        "mail": mail.amiss(now),
        "sent_at": mail.last_sent(),
    }
    try:
        context["ahead"] = ahead.look(now=now, house=calendar())
    except NoPolicy as failure:
        context["broken"] = str(failure)
    return render(request, "governance/coverage.html", context)
