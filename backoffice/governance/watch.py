"""The daily coverage check: on the morning of each business day what is short ahead is written down, and what is new told."""

import logging
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.urls import reverse

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import register
from backoffice.calendar.queries import calendar
from backoffice.governance import ahead
from backoffice.governance.ahead import Ahead
from backoffice.governance.models import CoverageCheck
from backoffice.mail.telling import Item, News, people
from backoffice.operations.canonical import canonical, hash_of
from backoffice.operations.versions import NoPolicy

CHECKED = register("coverage.checked", "Coverage of the days ahead checked")
SHORT = register("coverage.short", "Too few people ahead", "warn")
SUBJECT = "Countersign: too few people ahead, in {} cases"
TOLD = (Role.ADMINISTRATOR, Role.SUPERVISOR)
# So long before business opens, so that somebody can still be asked to come.
EARLY = timedelta(hours=1)
# What a check found new is told for so long, however often housekeeping was killed.
TELLS = timedelta(days=1)
logger = logging.getLogger(__name__)


def check() -> CoverageCheck | None:
    """Once a business day, from an hour before it opens on; None where it is not time, or done already."""
    now, house = clock.now(), calendar()
    day = house.server.day(now)
    span = house.span(day)
    if span is None or now < span[0] - EARLY or CoverageCheck.objects.filter(day=day).exists():
        return None
    try:
        return _keep(day, now, ahead.look(now=now, house=house))
    except NoPolicy as failure:
        logger.warning("The coverage is not checked: %s", failure)
    except IntegrityError:
        logger.info("Another housekeeping was quicker to check the coverage.")
    return None


def tell() -> int:
    """Tells administrators and supervisors what the last checks found new; returns how many people."""
    if not settings.SENDS_MAIL:
        return 0
    recent = CoverageCheck.objects.filter(at__gt=clock.now() - TELLS).order_by("day")
    items = [_item(each, words) for each in recent for words in each.told["new"]]
    news = News(items)
    for who in people() if items else []:
        if who.roles & set(TOLD):
            for item in items:
                news.add(who, item)
    return news.tell(SUBJECT)


def last() -> CoverageCheck | None:
    found: CoverageCheck | None = CoverageCheck.objects.order_by("-day").first()
    return found


def _keep(day: date, now: datetime, found: Ahead) -> CoverageCheck:
    before = last()
    short = _by_words(found)
    new = list(_new(found, before.told if before else {}))
    text = canonical({"days": [each.date.isoformat() for each in found.days], "short": short, "new": new})
    with unit() as work:
        made: CoverageCheck = CoverageCheck.objects.create(day=day, at=now, text=text)
        work.note(CHECKED, on=("coverage", made.pk), detail={"short": str(len(short)), "new": str(len(new))})
        for words in new:
            work.note(SHORT, on=("coverage", made.pk), reason=words)
    return made


def _by_words(found: Ahead) -> dict[str, list[str]]:
    """What is short, with the days on which it is; without any where it is so whoever is there."""
    short: dict[str, list[str]] = {words: [] for words in found.always}
    for day in found.days:
        for words in day.short:
            short.setdefault(words, []).append(day.date.isoformat())
    return short


def _new(found: Ahead, before: dict[str, Any]) -> Iterator[str]:
    """What the last check did not know of, as sentences; that an absence goes on for another day is nothing new."""
    known: dict[str, list[str]] = before.get("short", {})
    for words in found.always:
        if known.get(words) != []:
            yield f"{words[0].upper()}{words[1:]}."
    for run in found.runs:
        on = [day.date.isoformat() for day in run.days]
        if not _goes_on(on, known.get(run.words, []), before.get("days", [])):
            yield run.sentence


def _goes_on(run: Sequence[str], known: Sequence[str], days: Sequence[str]) -> bool:
    """Whether the last check knew one of these days, or the last that it looked at, which they follow."""
    return bool(set(run) & set(known)) or bool(days and known and known[-1] == days[-1] and run[0] > days[-1])


def _item(check: CoverageCheck, words: str) -> Item:
    key = f"coverage:{check.day}:{hash_of(words)[:32]}"
    return Item(key=key, level="short", heading="Too few people", text=words, path=reverse("coverage"))
