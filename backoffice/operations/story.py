"""The story of one operation, from submit to its end, told from the rows that stand for it."""

from collections.abc import Iterable
from dataclasses import replace

from django.urls import reverse
from django.utils.text import Truncator

from backoffice.operations.attempts import Run
from backoffice.operations.bundles.story import of_member
from backoffice.operations.canonical import loaded
from backoffice.operations.models import Decision, Judgement, Operation, Resolution
from backoffice.operations.policy import from_fields
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from backoffice.ui.parts import Event, Tone

VERBS = {"approval": ("check", "ok"), "rejection": ("x", "bad"), "return": ("undo-2", "warn")}
MOST = 200


def story(operation: Operation, *, tried: Iterable[Run]) -> list[Event]:
    """Every submit, vote, attempt, answer and settlement, oldest first; of votes and settlements at most MOST."""
    told = [_submitted(operation), *of_member(operation)]
    told += [_voted(vote) for vote in operation.decisions.select_related("by", "delegation__of")[:MOST]]
    told += [_judged_again(judgement) for judgement in operation.judgements.all()[:MOST]]
    for run in tried:
        told += _tried(run)
    for resolution in operation.resolutions.select_related("proposed_by", "settled_by")[:MOST]:
        told += _resolved(resolution)
    if operation.state in (State.CANCELLED, State.EXPIRED):
        icon = "ban" if operation.state == State.CANCELLED else "hourglass"
        told.append(Event(icon=icon, what=operation.get_state_display(), at=operation.moved_at))
    return sorted(told, key=lambda event: event.at)


def _submitted(operation: Operation) -> Event:
    why = Reason(operation.reason_code, operation.reason).words
    who = operation.made_by.name
    return Event(icon="send", who=who, what="asked for it", at=operation.made_at, detail=why)


def _voted(vote: Decision) -> Event:
    icon, tone = VERBS[vote.verb]
    what = {"approval": "approved", "rejection": "rejected", "return": "returned it"}[vote.verb]
    url = reverse("decision", args=[vote.operation_id, vote.pk])
    aside = vote.get_grade_display().lower() if vote.grade else ""
    told = Event(icon=icon, who=vote.who, what=what, aside=aside, at=vote.at, detail=vote.words, tone=_tone(tone))
    return replace(told, url=url, link=f"As {vote.who} saw it")


def _judged_again(judgement: Judgement) -> Event:
    verdict = from_fields(loaded(judgement.verdict))
    what = f"asks for more: {verdict.words[0].lower()}{verdict.words[1:]}"
    return Event(icon="scale", who="Policy", what=what, at=judgement.at, detail=verdict.rule, tone="warn")


def _tried(run: Run) -> list[Event]:
    """A look is one event; a send is two, since what was sent is long on its way before an answer comes."""
    icon = "send" if run.is_send else "search"
    if run.answer is None:
        return [Event(icon=icon, what=run.what, at=run.last.at, fold=run.fold, more=run.sent)]
    words = Truncator(run.answer.words).chars(400)
    if run.is_single_send:
        sent = Event(icon=icon, what=run.what, at=run.first.at, fold=run.fold, more=run.sent)
        icon, what, at = "message-square", run.heard, run.answer.at
        return [sent, Event(icon=icon, what=what, aside=run.came_back, at=at, detail=words, tone=run.tone)]
    return [
        Event(
            icon=icon,
            what=run.what,
            aside=run.came_back,
            since=run.since,
            at=run.last.at,
            detail=words,
            tone=run.tone,
            fold=run.fold,
            more=run.sent,
        )
    ]


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
