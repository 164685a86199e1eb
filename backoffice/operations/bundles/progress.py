"""How far a bundle is: how many of its members wait, went to MT5, are booked, or are out of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Max

from backoffice.operations.bundles.queries import is_inside
from backoffice.operations.canonical import sha256
from backoffice.operations.models import Bundle, Member
from backoffice.operations.states import FINAL, State
from backoffice.ui.parts import Figure


@dataclass(frozen=True)
class Progress:
    """`waits` are those that are still in it; what is out of it was ended by itself, or left out when it was approved."""

    of: int
    waits: int
    released: int
    booked: int
    failed: int
    left: int
    out: int
    is_over: bool

    @property
    def percent(self) -> int:
        going = self.waits + self.released
        return 100 * self.released // going if going else 100

    @property
    def figures(self) -> list[Figure]:
        told = [("Released", self.released), ("Completed", self.booked), ("Refused or unknown", self.failed)]
        told += [("Left out", self.left), ("Out of it", self.out)]
        return [Figure(label="Members", value=self.of), *(Figure(label=label, value=n) for label, n in told if n)]


UNWELL = {State.REFUSED, State.EXCEPTION, State.UNCERTAIN, State.NOT_APPLIED}


def progress(bundle: Bundle, members: Sequence[Member]) -> Progress:
    counts = Counter[str]()
    for member in members:
        state, is_released = member.operation.state, member.operation.position is not None and member.left_at is None
        counts["waits"] += is_inside(member)
        counts["released"] += is_released
        counts["booked"] += is_released and state == State.APPLIED
        counts["failed"] += is_released and state in UNWELL
        counts["left"] += member.left_at is not None
        counts["out"] += member.left_at is None and not is_released and state != State.AWAITING_APPROVAL
        counts["live"] += state not in FINAL and member.left_at is None
    named = {name: counts[name] for name in ("waits", "released", "booked", "failed", "left", "out")}
    return Progress(of=bundle.count, **named, is_over=bool(bundle.settled_at) and not counts["live"])


def version(bundle: Bundle) -> str:
    """Of everything that is live on its page."""
    moved = bundle.members.aggregate(last=Max("operation__moved_at"), left=Count("left_at"))
    votes = bundle.decisions.count()
    said = bundle.members.aggregate(count=Count("operation__comments"))["count"]
    parts = (bundle.state, bundle.settled_at, votes, said, bundle.comments.count(), *moved.values())
    return sha256(*(str(part) for part in parts))[:16]
