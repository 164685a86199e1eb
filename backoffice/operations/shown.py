"""What a page shows of an operation to whoever decides on it, as values: one canonical text for them all, and its hash."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from backoffice.audit.clients import opened, opened_within
from backoffice.files.attached import Attached
from backoffice.operations.canonical import canonical, hash_of, loaded
from backoffice.operations.figures import Compared
from backoffice.ui.parts import Change, Check, Fact, Tone

FORM = "1"
# Which fact of a request holds its maker's words.
REASON = "Reason"


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something to know before deciding."""

    tone: Tone
    heading: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Place:
    """One place of the verdict, and whose vote fills it (None: it is open)."""

    words: str
    by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Past:
    """Another operation of the same login, and what came of it."""

    id: str
    reference: str
    title: str
    amount: Decimal | None
    currency: str
    state: str
    tone: str
    by: str
    at: datetime
    is_alike: bool = False


@dataclass(frozen=True, kw_only=True)
class Added:
    """What a login or a person has under way and booked, this operation counted in."""

    label: str
    day: str
    week: str


@dataclass(frozen=True, kw_only=True)
class Said:
    """A comment."""

    id: str
    by: str
    at: datetime
    text: str


@dataclass(frozen=True, kw_only=True)
class Shown:
    """All that a page shows of an operation: to whom, when, and from which read of the account.

    The page is drawn from these values, and so is what is shown again later. `page` is empty where none was drawn. Who the
    client is and what people wrote about them is sealed in it, as it is in the rows that it comes from.
    """

    page: str
    by: str
    operator_id: str
    looked_at: datetime
    reference: str
    title: str
    login: int
    state: str
    payload_hash: str
    seen: str
    name: str
    email: str
    group: str
    amount: Decimal | None
    currency: str
    verdict: str
    rule: str
    why_not_approve: str = ""
    replaces: str = ""
    read_at: datetime | None = None
    unread: str = ""
    effects: Sequence[Change] = ()
    fields: Sequence[Fact] = ()
    places: Sequence[Place] = ()
    notices: Sequence[Notice] = ()
    checks: Sequence[Check] = ()
    request: Sequence[Fact] = ()
    changed: Sequence[Change] = ()
    account: Sequence[Compared] = ()
    sums: Sequence[Added] = ()
    history: Sequence[Past] = ()
    thread: Sequence[Said] = ()
    evidence: Sequence[Attached] = ()
    # Whoever is away and would be decided for; empty where it is themselves.
    decides_for: str = ""
    decides_for_id: str = ""

    @property
    def is_live(self) -> bool:
        return self.read_at is not None

    @property
    def text(self) -> str:
        """The canonical form, which is kept with the vote."""
        return canonical({"form": FORM, **_plain(self)})

    @property
    def opened(self) -> "Shown":
        """The same for people to read: opened where words are sealed, and not where something only looks like it."""
        return replace(
            self,
            name=opened(self.name, login=self.login),
            email=opened(self.email, login=self.login),
            replaces=opened_within(self.replaces, login=self.login),
            checks=[replace(check, detail=opened(check.detail, login=self.login)) for check in self.checks],
            request=[self._opened(fact) if fact.label == REASON else fact for fact in self.request],
            thread=[replace(said, text=opened(said.text, login=self.login)) for said in self.thread],
        )

    def _opened(self, fact: Fact) -> Fact:
        return replace(fact, value=opened_within(str(fact.value), login=self.login))

    @property
    def digest(self) -> str:
        return hash_of(self.text)


LISTS: dict[str, type[Any]] = {
    "effects": Change,
    "fields": Fact,
    "places": Place,
    "notices": Notice,
    "checks": Check,
    "request": Fact,
    "changed": Change,
    "account": Compared,
    "sums": Added,
    "history": Past,
    "thread": Said,
    "evidence": Attached,
}


def from_text(text: str) -> Shown:
    """The values again; raises ValueError where the text is of a form that nobody can draw.

    What is kept is kept for years: a value that is added to `Shown` later has a default, and none is taken away.
    """
    values = _values(loaded(text))
    if values.pop("form", None) != FORM:
        raise ValueError("What was shown is written down in a form that is not known.")
    try:
        there = [name for name in LISTS if name in values]
        lists: dict[str, Any] = {name: [LISTS[name](**each) for each in values.pop(name)] for name in there}
        return Shown(**values, **lists)
    except TypeError as failure:
        raise ValueError("What was shown is not written down whole.") from failure


def _plain(value: Any) -> Any:
    """What JSON knows; what it does not says what it is. A value that is what it would be anyway is left out."""
    match value:
        case Decimal():
            return {"decimal": format(value, "f")}
        case datetime():
            return {"time": value.isoformat()}
        case date():
            return {"day": value.isoformat()}
        case list() | tuple():
            return [_plain(each) for each in value]
    if not dataclasses.is_dataclass(value):
        return value
    held = {field: getattr(value, field.name) for field in dataclasses.fields(value)}
    return {field.name: _plain(each) for field, each in held.items() if each != field.default}


def _values(raw: Any) -> Any:
    match raw:
        case {"decimal": str(written), **rest} if not rest:
            return Decimal(written)
        case {"time": str(written), **rest} if not rest:
            return datetime.fromisoformat(written)
        case {"day": str(written), **rest} if not rest:
            return date.fromisoformat(written)
        case dict():
            return {name: _values(each) for name, each in raw.items()}
        case list():
            return [_values(each) for each in raw]
    return raw
