"""The business calendar, to look at: a month with its hours and days off, the next cut-offs, and what lapses when."""

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backoffice.access import EVERYONE, access
from backoffice.audit import clock
from backoffice.calendar.business import Calendar
from backoffice.calendar.month import Month, asked
from backoffice.calendar.queries import calendar, source
from backoffice.calendar.rules import CUT_OFFS
from backoffice.calendar.rules import clock as hour
from backoffice.operations import expiry
from backoffice.ui.parts import Fact


@access(*EVERYONE)
def month(request: HttpRequest) -> HttpResponse:
    house, now = calendar(), clock.now()
    today = house.server.day(now)
    shown = Month(house, asked(request.GET.get("month", ""), today=today))
    context = {"title": "Calendar", "month": shown, "today": today, "now": house.server.wall(now)}
    context |= {"facts": _facts(shown), "cut_offs": _cut_offs(house, now), "waits": _waits(house, now)}
    return render(request, "operations/calendar.html", context | {"source": source(shown.first.year)})


def _facts(shown: Month) -> list[Fact]:
    """The year's rules in words, and when its server days begin."""
    rules = shown.calendar.rules(shown.first.year)
    begins = [
        f"{at:%H:%M} UTC" + (f" from {at + timedelta(hours=12):%d %b}" if n else "")
        for n, at in enumerate(shown.midnights)
    ]
    return [
        Fact(label="Business hours", value=f"{rules.hours}, server time"),
        *(Fact(label=label, value=f"until {hour(rules.cut_offs[name])}") for name, label in CUT_OFFS.items()),
        Fact(label="Server zone", value=shown.calendar.server.name),
        Fact(label="A server day begins", value=", ".join(begins)),
    ]


def _cut_offs(house: Calendar, now: datetime) -> list[Fact]:
    return [Fact(label=label, value=_at(house, house.next_cut_off(name, now))) for name, label in CUT_OFFS.items()]


def _waits(house: Calendar, now: datetime) -> list[Fact]:
    """What is asked or approved at this moment, and when it would lapse."""
    return [
        Fact(label="A request made now expires", value=_at(house, expiry.of_request(now))),
        Fact(label="An approval of money is good until", value=_at(house, expiry.of_approval("money", now))),
        Fact(label="An approval of an account change", value=_at(house, expiry.of_approval("account", now))),
    ]


def _at(house: Calendar, moment: datetime) -> str:
    """By the server's clock, as all hours of this page."""
    wall = house.server.wall(moment)
    return f"{wall:%a} {wall.day} {wall:%b, %H:%M}"
