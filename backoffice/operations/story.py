"""The story of one operation, from submit to its end, told from the rows that stand for it."""

from dataclasses import replace
from itertools import groupby

from django.utils.text import Truncator

from backoffice.operations.canonical import loaded
from backoffice.operations.models import Attempt, Decision, Judgement, Operation, Resolution
from backoffice.operations.policy import from_fields
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from backoffice.ui.parts import Event, Tone

VERBS = {"approval": ("check", "ok"), "rejection": ("x", "bad"), "return": ("undo-2", "warn")}
GOOD, BAD = {"applied", "found"}, {"refused", "foreign", "doubled", "absent", "blind"}
MOST = 200
LOOKED = "Looked up at MT5"


def story(operation: Operation) -> list[Event]:
    """Every submit, vote, attempt, answer and settlement, oldest first, at most MOST of each."""
    told = [_submitted(operation)]
    told += [_voted(vote) for vote in operation.decisions.select_related("by")[:MOST]]
    told += [_judged_again(judgement) for judgement in operation.judgements.all()[:MOST]]
    for attempt in operation.attempts.select_related("answer").order_by("pk")[:MOST]:
        told += _tried(attempt)
    for resolution in operation.resolutions.select_related("proposed_by", "settled_by")[:MOST]:
        told += _resolved(resolution)
    if operation.state in (State.CANCELLED, State.EXPIRED):
        told.append(Event(icon="ban", what=operation.get_state_display(), at=operation.moved_at))
    return _folded(sorted(told, key=lambda event: event.at))


def tries(operation: Operation) -> list[Attempt]:
    """Each attempt with what came back of it, oldest first, at most MOST: the evidence as it was put on record."""
    return list(operation.attempts.select_related("answer").order_by("pk")[:MOST])


def _folded(told: list[Event]) -> list[Event]:
    """The same look with the same result, again and again, is one line that says how often, and when last."""
    folded: list[Event] = []
    for _, alike in groupby(told, key=lambda event: (event.what, event.detail) if event.what == LOOKED else id(event)):
        *others, last = alike
        folded.append(replace(last, what=f"{LOOKED}, {len(others) + 1} times") if others else last)
    return folded


def _submitted(operation: Operation) -> Event:
    why = Reason(operation.reason_code, operation.reason).words
    who = operation.made_by.name
    return Event(icon="send", who=who, what="asked for it", at=operation.made_at, detail=why)


def _voted(vote: Decision) -> Event:
    icon, tone = VERBS[vote.verb]
    what = {"approval": "approved", "rejection": "rejected", "return": "returned it"}[vote.verb]
    return Event(icon=icon, who=vote.by.name, what=what, at=vote.at, detail=vote.words, tone=_tone(tone))


def _judged_again(judgement: Judgement) -> Event:
    verdict = from_fields(loaded(judgement.verdict))
    what = f"asks for more: {verdict.words[0].lower()}{verdict.words[1:]}"
    return Event(icon="scale", who="Policy", what=what, at=judgement.at, detail=verdict.rule, tone="warn")


def _tried(attempt: Attempt) -> list[Event]:
    is_send = attempt.purpose == Attempt.Purpose.SEND
    answer = getattr(attempt, "answer", None)
    if not is_send and answer is not None and answer.meaning == "looked":
        return [Event(icon="search", what=LOOKED, at=answer.at, detail=answer.words)]
    begun = Event(icon="send" if is_send else "search", what=attempt.get_purpose_display(), at=attempt.at)
    if answer is None:
        return [begun]
    tone: Tone = "ok" if answer.meaning in GOOD else "bad" if answer.meaning in BAD else "warn"
    words = Truncator(answer.words).chars(400)
    return [begun, Event(icon="message-square", what="MT5 answered", at=answer.at, detail=words, tone=tone)]


def _resolved(resolution: Resolution) -> list[Event]:
    label = resolution.get_outcome_display()
    detail = f"{label}: {resolution.reason}. {resolution.evidence}"
    by = resolution.proposed_by.name
    told = [Event(icon="scale", who=by, what="proposed a resolution", at=resolution.proposed_at, detail=detail)]
    if resolution.settled_by and resolution.settled_at:
        what, tone = ("confirmed it", "ok") if resolution.confirmed else ("declined it", "warn")
        at, who = resolution.settled_at, resolution.settled_by.name
        told.append(Event(icon="users", who=who, what=what, at=at, tone=_tone(tone)))
    return told


def _tone(name: str) -> Tone:
    return name  # type: ignore[return-value]  # one of the tones by construction
