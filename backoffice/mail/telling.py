"""Telling people: each of an item once a level, all that is new to somebody in one letter.

That somebody is told is written down with the letter that tells them, in one unit: killed before, it is told at the next
look; killed after, the letter waits and is sent. So nothing is told to nobody, and nothing is told twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from uuid_utils.compat import uuid7

from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import register
from backoffice.mail.models import Letter, Notice
from backoffice.operators.models import Operator

WRITTEN = register("mail.written", "Mail written")
MOST_LINES, MOST_ASKED, LONGEST = 30, 500, 1000
FOOT = (
    "You are told of each once. The links lead to pages; nothing is decided by mail, and nothing by following a link."
)


@dataclass(frozen=True, kw_only=True)
class Item:
    """Something to tell: `key` says once and for all what it is, `path` the page that it leads to.

    `text` is one line, without a client's name, a login or an amount: mail is read on the way.
    """

    key: str
    level: str
    heading: str
    text: str
    path: str


class News:
    """What each human is to be told: an item once, by whichever sign-in of theirs came first."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._known = told(items)
        self._first: dict[UUID, Operator] = {}
        self._of: dict[UUID, list[Item]] = {}

    def add(self, who: Operator, item: Item) -> None:
        mark = (item.key, item.level, who.person_id)
        if mark not in self._known:
            self._known.add(mark)
            self._first.setdefault(who.person_id, who)
            self._of.setdefault(who.person_id, []).append(item)

    def tell(self, subject: str) -> int:
        """Writes each of them a letter, whose subject has a place for the number of items; returns how many."""
        for person, items in self._of.items():
            write(self._first[person], items, subject=subject.format(len(items)))
        return len(self._of)


def people() -> list[Operator]:
    """The active sign-ins that have an address."""
    rows = Operator.objects.filter(is_active=True).exclude(email="").defer("password", "last_login")
    return list(rows.order_by("pk"))


def told(items: Iterable[Item]) -> set[tuple[str, str, UUID]]:
    """Of these items whoever was told of them, as (key, level, person)."""
    keys, found = sorted({item.key for item in items}), set[tuple[str, str, UUID]]()
    for start in range(0, len(keys), MOST_ASKED):
        some = Notice.objects.filter(item__in=keys[start : start + MOST_ASKED])
        found |= set(some.values_list("item", "level", "person"))
    return found


def write(who: Operator, items: Sequence[Item], *, subject: str, address: str = "") -> None:
    """One letter, and that they were told; `address` is where it goes when that is not where their letters go."""
    with unit() as work:
        letter = Letter.objects.create(
            id=uuid7(), to=who, address=address, subject=subject, text=text(items), made_at=work.now, next_at=work.now
        )
        for item in items:
            Notice.objects.create(item=item.key, level=item.level, person=who.person_id, letter=letter)
        detail = {"to": who.operator_id, "subject": subject, "items": _listed(items)}
        work.note(WRITTEN, on=("letter", letter.pk), detail=detail)


def text(items: Sequence[Item]) -> str:
    """Under each heading a line and an address for each item; what is more than anybody reads is counted."""
    by_heading: dict[str, list[Item]] = {}
    for item in items[:MOST_LINES]:
        by_heading.setdefault(item.heading, []).append(item)
    parts = ["\n".join([heading, *map(_line, some)]) for heading, some in by_heading.items()]
    left_out = len(items) - MOST_LINES
    more = [f"And {left_out} more."] if left_out > 0 else []
    return "\n\n".join([*parts, *more, FOOT, f"Countersign, {settings.MANAGER_ENVIRONMENT}"]) + "\n"


def _line(item: Item) -> str:
    return f"- {item.text}\n  {settings.PUBLIC_URL}{item.path}"


def _listed(items: Sequence[Any]) -> str:
    return "; ".join(f"{item.key} {item.level}" for item in items)[:LONGEST]
