"""A list while somebody looks at it: what of its rows has changed, and how much is new. Nothing moves under the reader."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Max

from backoffice.audit.models import Entry
from backoffice.operations.canonical import sha256
from backoffice.operations.models import Bundle, Operation
from backoffice.ui.parts import Tab

MOST_NEW = 99


@dataclass(frozen=True)
class Live:
    """The rows that were on the page when it was opened, as they are now; `new` counts what would be on it besides.

    `mark` is where the trail stood before anything was read, `digest` the hash of everything that is shown; `besides` is
    what a list shows of its rows that their versions do not tell.
    """

    rows: Sequence[Operation | Bundle]
    tabs: Sequence[Tab]
    new: int
    mark: str
    besides: str = ""

    @property
    def version(self) -> str:
        return f"{self.mark}.{self.digest}"

    @property
    def digest(self) -> str:
        rows = (f"{row.pk} {row.version} {len(row.decisions.all())}" for row in self.rows)
        tabs = (f"{tab.label} {tab.count}" for tab in self.tabs)
        return sha256(*rows, *tabs, str(self.new), self.besides)[:16]

    @property
    def counted(self) -> str:
        return f"{MOST_NEW}+" if self.new > MOST_NEW else str(self.new)

    @property
    def shown(self) -> str:
        """The rows' ids, as the page hands them back when it asks again."""
        return ",".join(row.pk.hex for row in self.rows)


def mark() -> str:
    """How far the trail goes: nothing that a list shows changes without an entry, so one look at its end says it all."""
    return str(Entry.objects.aggregate(last=Max("seq"))["last"] or 0)


def stands_at(version: str, mark: str) -> bool:
    """Whether nothing at all has happened since a version of any list was made."""
    return version.partition(".")[0] == mark


def shows_the_same(version: str, live: Live) -> bool:
    """Whether what has happened is nothing that is shown."""
    return version.partition(".")[2] == live.digest


def ids(text: str, *, most: int) -> list[UUID]:
    """The ids that a page handed back, in its order and each once; what is none is left out."""
    named: dict[UUID, None] = {}
    for part in text.split(",")[:most]:
        with suppress(ValueError):
            named[UUID(part)] = None
    return list(named)


def count_new(fitting: Any, *, shown: Collection[UUID], is_full: bool, by: str = "pk") -> int:
    """How many rows fit the list that are not shown; past the end of a full page nobody would see them anyway.

    `by` names the id that a row is shown by.
    """
    new = fitting.exclude(**{f"{by}__in": shown})
    if is_full and shown:
        new = new.filter(pk__gt=min(shown))
    return int(new.order_by()[: MOST_NEW + 1].count())
