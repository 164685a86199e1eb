"""How a change is read: what it would change, whose places are filled, and its story."""

from dataclasses import dataclass
from typing import Any

from backoffice.governance.models import SEATS, Change, Vote
from backoffice.governance.say import missing
from backoffice.operations.canonical import loaded
from backoffice.ui.parts import Change as Effect
from backoffice.ui.parts import Event, Tone


@dataclass(frozen=True)
class Seat:
    """A place that must be filled, and who fills it (None: it is open)."""

    words: str
    by: str | None


def effects(change: Change) -> list[Effect]:
    """While it is open, as things stand now; once it is over, as its author saw it."""
    if change.is_open:
        return change.amendment.effects()
    return [Effect(**said) for said in loaded(change.effect)["effects"]]


def seats(change: Change) -> list[Seat]:
    lacks = missing(change) if change.is_open else {}
    given = {vote.seat: vote.by.name for vote in _votes(change) if vote.verb == Vote.Verb.AGREEMENT}
    words = {SEATS[0]: "Another administrator", SEATS[1]: "Compliance"}
    return [Seat(words[seat], None if seat in lacks else given.get(seat)) for seat in SEATS]


def story(change: Change) -> list[Event]:
    told = [Event(icon="send", what="proposed it", who=change.author.name, at=change.proposed_at, detail=change.reason)]
    for vote in _votes(change):
        for_it = vote.verb == Vote.Verb.AGREEMENT
        what = "agreed to it" if for_it else "refused it"
        icon = "check" if for_it else "x"
        tone: Tone = "ok" if for_it else "bad"
        told.append(
            Event(icon=icon, what=what, who=vote.by.name, at=vote.at, detail=vote.reason, tone=tone, aside=vote.seat)
        )
    if change.ended_at and change.state != Change.State.REFUSED:
        icon = "check-check" if change.state == Change.State.APPLIED else "ban"
        told.append(Event(icon=icon, what=change.get_state_display(), at=change.ended_at, tone=change.tone))
    return told


def _votes(change: Change) -> Any:
    return change.votes.select_related("by").order_by("pk")
