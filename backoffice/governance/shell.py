"""Governance's places in the menu, what it adds to the pages Policy and Calendar, and the word about a first password."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from backoffice.access import READERS, Role, holds
from backoffice.audit import clock
from backoffice.calendar.queries import calendar
from backoffice.governance import ahead, passwords, queries
from backoffice.governance.models import SEATS
from backoffice.mail import queries as mail
from backoffice.operations.versions import NoPolicy
from backoffice.operations.work import Block, Line, told
from backoffice.operations.work import register as register_work
from backoffice.ui.parts import Banner
from backoffice.ui.shell import Beside, Item, register, register_banner, register_beside

SEES_COVERAGE = frozenset(map(str, READERS | {Role.ADMINISTRATOR}))
SEES_CHANGES = frozenset(map(str, (Role.ADMINISTRATOR, Role.COMPLIANCE, Role.AUDITOR)))


def _mine(operator: Any) -> int:
    """How many changes wait for this person."""
    return len(queries.waiting_for(operator, now=clock.now())) if operator.roles & set(SEATS) else 0


def first_password(request: HttpRequest) -> list[Banner]:
    """Why they are on this page, and on no other until it is done."""
    if request.path != reverse("account_change_password") or not passwords.is_first(request.user):
        return []
    words = (
        "You sign in with a password that was made for you, and that somebody else has seen. Give yourself another one."
    )
    return [Banner(text=words)]


def coverage_ahead(operator: Any) -> list[Block]:
    """For administrators: what is short on the days ahead, and what is wrong with the mail that would tell of it."""
    now, url = clock.now(), reverse("coverage")
    lines = [Line(text=words, tone="bad") for words in _short(now)]
    letters = [Line(text=words, tone="warn") for words in mail.amiss(now)]
    return [
        told("Coverage", lines, url=url, empty="There are people enough on the next five business days."),
        told("Mail", letters, url=url, empty="Letters go out."),
    ]


def _short(now: datetime) -> list[str]:
    try:
        return ahead.look(now=now, house=calendar()).sentences
    except NoPolicy as failure:
        return [str(failure)]


def beside_policy(request: HttpRequest) -> Beside:
    return _beside(request, "policy", "Propose a change", reverse("policy_proposal"))


def beside_calendar(request: HttpRequest) -> Beside:
    year = request.GET.get("month", "")[:4]
    asked = f"?year={year}" if year.isascii() and year.isdigit() else ""
    return _beside(request, "calendar:", "Propose a change", reverse("year_proposal") + asked)


def beside_absences(request: HttpRequest) -> Beside:
    return _beside(request, "delegation:", "Somebody else is away", reverse("delegation_proposal"))


def _beside(request: HttpRequest, about: str, label: str, url: str) -> Beside:
    """The way to propose for those who may, and what is pending for everybody; its page for those who may see it."""
    may_see = bool(getattr(request.user, "roles", frozenset()) & SEES_CHANGES)
    notices = [
        Banner(
            text=f"{change.amendment.title}: proposed by {change.author.name}, waits for agreement.",
            tone="info",
            url=reverse("change", args=[change.pk]) if may_see else "",
        )
        for change in queries.pending(now=clock.now(), about=about)
    ]
    return Beside(actions=[(label, url)] if holds(request, Role.ADMINISTRATOR) else [], notices=notices)


register(Item("Changes", "git-compare", "changes", "Administration", SEES_CHANGES, count=_mine, key="g"))
register(Item("Coverage", "shield-check", "coverage", "Control", SEES_COVERAGE))
register(Item("People", "users", "people", "Administration", SEES_CHANGES))
register(Item("Erasures", "trash-2", "erasures", "Administration", SEES_CHANGES))
register(Item("Access", "key-round", "access", "Administration", SEES_CHANGES))
register_banner(first_password)
register_work(Role.ADMINISTRATOR, coverage_ahead)
register_beside("delegations", beside_absences)
register_beside("policy", beside_policy)
register_beside("calendar", beside_calendar)
