"""The transition table as data: who may move an operation from where to where, and when. Everything else reads it here."""

from dataclasses import dataclass

from django.db.models import TextChoices


class State(TextChoices):
    """The states, with the words that people read."""

    AWAITING_APPROVAL = "awaiting_approval", "Pending approval"
    QUEUED = "queued", "Approved, waiting to send"
    RUNNING = "running", "Sending"
    ACCEPTED = "accepted", "Accepted by MT5, not booked yet"
    APPLIED = "applied", "Completed"
    REFUSED = "refused", "Failed: refused by MT5"
    REJECTED = "rejected", "Rejected"
    RETURNED = "returned", "Returned to maker"
    CANCELLED = "cancelled", "Cancelled"
    EXPIRED = "expired", "Expired"
    UNCERTAIN = "uncertain", "Outcome unknown: checking"
    EXCEPTION = "exception", "Needs a decision"
    NOT_APPLIED = "not_applied", "Closed: not booked"


FINAL = frozenset(
    {
        State.APPLIED,
        State.REFUSED,
        State.REJECTED,
        State.RETURNED,
        State.CANCELLED,
        State.EXPIRED,
        State.NOT_APPLIED,
    }
)
LIVE = frozenset(State) - FINAL
FINALLY_NEGATIVE = FINAL - {State.APPLIED}
UNSETTLED = frozenset({State.UNCERTAIN, State.ACCEPTED, State.EXCEPTION})
BLOCKING = UNSETTLED | {State.RUNNING}

MAKER, CHECKERS, SUPERVISORS, MACHINE, TRACE, CLOCK = (
    "maker",
    "checkers",
    "two supervisors",
    "machine",
    "trace",
    "clock",
)
CANCELLER = "maker or supervisor"


@dataclass(frozen=True)
class Transition:
    """One legal move; `when` is what must hold, in words that the diagram in the docs shows."""

    source: State
    target: State
    by: str
    when: str


S = State
TRANSITIONS = (
    Transition(S.AWAITING_APPROVAL, S.QUEUED, CHECKERS, "quorum of distinct persons for this hash, or its bundle's"),
    Transition(S.AWAITING_APPROVAL, S.REJECTED, CHECKERS, "with a reason"),
    Transition(S.AWAITING_APPROVAL, S.RETURNED, CHECKERS, "with a reason"),
    Transition(S.AWAITING_APPROVAL, S.CANCELLED, MAKER, "asked"),
    Transition(S.AWAITING_APPROVAL, S.EXPIRED, CLOCK, "business hours are over"),
    Transition(S.QUEUED, S.RUNNING, MACHINE, "claimed"),
    Transition(S.QUEUED, S.CANCELLED, CANCELLER, "never maybe sent"),
    Transition(S.QUEUED, S.RETURNED, MACHINE, "what it binds has moved; never maybe sent"),
    Transition(S.QUEUED, S.EXPIRED, CLOCK, "approval lapsed; never maybe sent"),
    Transition(S.QUEUED, S.UNCERTAIN, MACHINE, "restored database, or approved too long ago"),
    Transition(S.QUEUED, S.EXCEPTION, MACHINE, "maybe sent and lapsed; or a supervisor"),
    Transition(S.RUNNING, S.APPLIED, MACHINE, "definite answer"),
    Transition(S.RUNNING, S.ACCEPTED, MACHINE, "taken in"),
    Transition(S.RUNNING, S.REFUSED, MACHINE, "definite refusal, never maybe sent"),
    Transition(S.RUNNING, S.QUEUED, MACHINE, "nothing was sent, or 401, 429, unnamed 403"),
    Transition(S.RUNNING, S.UNCERTAIN, MACHINE, "no definite answer, or the lease lapsed"),
    Transition(
        S.RUNNING,
        S.EXCEPTION,
        MACHINE,
        "somebody else's 409, a signature that does not hold, or maybe sent and binds moved",
    ),
    Transition(S.RUNNING, S.RETURNED, MACHINE, "what it binds has moved; never maybe sent"),
    Transition(S.ACCEPTED, S.APPLIED, TRACE, "booked"),
    Transition(S.ACCEPTED, S.REFUSED, TRACE, "rejected there"),
    Transition(S.ACCEPTED, S.EXCEPTION, TRACE, "too old"),
    Transition(S.UNCERTAIN, S.APPLIED, TRACE, "found"),
    Transition(S.UNCERTAIN, S.ACCEPTED, TRACE, "taken in"),
    Transition(S.UNCERTAIN, S.REFUSED, TRACE, "rejected there, or refused and surely not there"),
    Transition(S.UNCERTAIN, S.QUEUED, TRACE, "surely not there"),
    Transition(S.UNCERTAIN, S.EXCEPTION, TRACE, "cannot be told, or sends used up"),
    Transition(S.EXCEPTION, S.APPLIED, SUPERVISORS, "as applied, naming the deal"),
    Transition(S.EXCEPTION, S.NOT_APPLIED, SUPERVISORS, "as not applied"),
    Transition(S.EXCEPTION, S.QUEUED, SUPERVISORS, "send again"),
)
LEGAL = frozenset((transition.source, transition.target) for transition in TRANSITIONS)
START = (State.AWAITING_APPROVAL, State.QUEUED)


def tone(state: str) -> str:
    """How a state looks in a list."""
    return TONES[State(state)]


TONES = {
    S.AWAITING_APPROVAL: "warn",
    S.QUEUED: "accent",
    S.RUNNING: "accent",
    S.ACCEPTED: "accent",
    S.APPLIED: "ok",
    S.REFUSED: "bad",
    S.REJECTED: "bad",
    S.RETURNED: "warn",
    S.CANCELLED: "",
    S.EXPIRED: "",
    S.UNCERTAIN: "warn",
    S.EXCEPTION: "bad",
    S.NOT_APPLIED: "",
}


def diagram() -> str:
    """The table as Mermaid text for the docs."""
    lines = ["stateDiagram-v2", *(f"    [*] --> {state}" for state in START)]
    lines += [f"    {t.source} --> {t.target}: {t.by}, {t.when}" for t in TRANSITIONS]
    return "\n".join([*lines, *(f"    {state} --> [*]" for state in sorted(FINAL))]) + "\n"
