"""The values that components take, so that a page states what it shows and the templates how."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Tone = Literal["", "ok", "warn", "bad", "info", "accent"]


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One line of `facts.html`; an amount names its currency, `help` explains the label."""

    label: str
    value: object
    currency: str = ""
    help: str = ""
    tone: Tone = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One line of `changes.html`; `differs` is false where a field stays as it is."""

    label: str
    before: object
    after: object
    currency: str = ""

    @property
    def differs(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, kw_only=True)
class Event:
    """One step of the story in `timeline.html`; `since` is where it happened more than once, and `at` the last time.

    `aside` stands muted beside what happened, `link` names what is behind `url`, `more` are facts behind a fold that says `fold`.
    """

    icon: str
    what: str
    at: datetime
    since: datetime | None = None
    who: str = ""
    aside: str = ""
    detail: str = ""
    tone: Tone = ""
    url: str = ""
    link: str = ""
    fold: str = "More"
    more: Sequence[Fact] = ()


@dataclass(frozen=True, kw_only=True)
class Check:
    """One entry of the checks strip; `info` is a figure that is neither fine nor not, `unknown` what nobody tells."""

    verdict: Literal["ok", "warn", "block", "info", "unknown"]
    text: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of the strip above a list; `change` is shown in its tone beside the value."""

    label: str
    value: object
    currency: str = ""
    change: str = ""
    tone: Tone = ""
    url: str = ""
    help: str = ""


@dataclass(frozen=True, kw_only=True)
class Tab:
    """A saved view; the count is text, since a large one is an estimate ("10,000+")."""

    label: str
    url: str
    count: str = ""
    is_current: bool = False


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a way that has an order; where it stands is said in words too."""

    label: str
    place: Literal["done", "now", "next", "failed"]
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Pager:
    """Keyset paging: no page numbers, an address to each side or nothing, and what each side is called."""

    shown: str
    previous: str = ""
    following: str = ""
    previous_label: str = "Newer"
    following_label: str = "Older"

    @property
    def is_needed(self) -> bool:
        """Whether there is any other page; a short list inside a card does without."""
        return bool(self.previous or self.following)


@dataclass(frozen=True, kw_only=True)
class Banner:
    """What everybody must know on every page, such as a paused MT5 connection."""

    text: str
    tone: Tone = "warn"
    url: str = ""
    action: str = "Show"


@dataclass(frozen=True, kw_only=True)
class Status:
    """The connection state in the top bar."""

    text: str
    tone: Tone = "ok"
    url: str = ""
    detail: str = ""
