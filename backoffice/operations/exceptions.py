"""The exceptions desk: what is open, whose it is, what MT5 last said of it, what that suggests, and whose turn it is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Prefetch, Q, Subquery, Value, When
from django.http import QueryDict

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.operations import assignment, queries
from backoffice.operations.models import Answer, Operation, Resolution
from backoffice.operations.suggestion import Suggestion, suggestion
from backoffice.ui.pages import keyset
from backoffice.ui.parts import Pager, Tab, Tone

PAGE = 50
LATE, VERY_LATE = timedelta(minutes=30), timedelta(hours=4)
TURN = ("turn", "moved_at", "pk")
VIEWS = {
    "": "All",
    "mine": "Mine",
    "confirm": "Mine to confirm",
    "unowned": "Nobody’s",
    "unproposed": "Not proposed",
    "proposed": "Proposed",
    "late": "Over 30 min",
}
FOR_SUPERVISORS = ("mine", "confirm")


@dataclass(frozen=True)
class Row:
    """One open exception; `proposal` waits for a second supervisor, and `is_to_confirm` says that it may be this one.

    `owner` is whoever sees to it, or None; `tone` says how long it has been open.
    """

    operation: Operation
    words: str
    suggestion: Suggestion
    proposal: Resolution | None
    is_to_confirm: bool
    owner: Any
    is_mine: bool
    may_take: bool
    tone: Tone


def rows(asked: Any, *, operator: Any) -> tuple[list[Row], Pager]:
    """A page of a view: what this person may confirm first, then what is theirs, then the oldest."""
    found = _in_turn(_seen_as(view(asked), operator).select_related(None).only("moved_at"), operator)
    page, pager = keyset(found, asked, size=PAGE, oldest_first=True, key=TURN)
    return chosen([row.pk for row in page], operator=operator), pager


def view(asked: Any) -> str:
    """Which view an address asks for; one that is none is all of them."""
    name = asked.get("view", "")
    return name if name in VIEWS else ""


def tabs(asked: Any, *, operator: Any) -> list[Tab]:
    """The views with their counts; only a supervisor has something of their own."""
    is_supervisor = Role.SUPERVISOR in operator.roles
    return [
        Tab(
            label=label,
            url=f"?{QueryDict(f'view={name}').urlencode()}" if name else "?",
            count=queries.bounded(_seen_as(name, operator)),
            is_current=name == view(asked),
        )
        for name, label in VIEWS.items()
        if is_supervisor or name not in FOR_SUPERVISORS
    ]


def told(operation: Operation, *, operator: Any) -> Row:
    """One operation as the desk shows an exception, for its own page."""
    (row,) = chosen([operation.pk], operator=operator)
    return row


def chosen(pks: Collection[UUID], *, operator: Any) -> list[Row]:
    """What stands of these operations now, open or not, in the order of the desk; what is not there is left out."""
    found = _evident(_in_turn(queries.ours().filter(pk__in=pks), operator)).order_by(*TURN)
    now = clock.now()
    return [_row(operation, operator, now) for operation in found]


def _row(found: Any, operator: Any, now: datetime) -> Row:
    open_ones = [proposal for proposal in found.open_proposals if proposal.version == found.version]
    owner = assignment.owner(found)
    return Row(
        operation=found,
        words=found.last_words or "",
        suggestion=suggestion(found, last=found.last_meaning or "", was_taken_in=found.was_taken_in),
        proposal=open_ones[0] if open_ones else None,
        is_to_confirm=found.is_to_confirm,
        owner=owner,
        is_mine=bool(owner and owner.person_id == operator.person_id),
        may_take=not assignment.why_not_take(found, by=operator),
        tone=_tone(now - found.moved_at),
    )


def _tone(age: timedelta) -> Tone:
    return "bad" if age > VERY_LATE else "warn" if age > LATE else ""


def _seen_as(view: str, operator: Any) -> Any:
    rows = queries.exceptions()
    match view:
        case "mine":
            return rows.filter(_owned(assignment__to__person=operator.person_id))
        case "confirm":
            return rows.filter(_to_confirm(operator))
        case "unowned":
            return rows.exclude(_owned())
        case "proposed":
            return rows.filter(Exists(_open_proposals()))
        case "unproposed":
            return rows.filter(~Exists(_open_proposals()))
        case "late":
            return rows.filter(moved_at__lt=clock.now() - LATE)
        case _:
            return rows


def _open_proposals() -> Any:
    return Resolution.objects.filter(operation=OuterRef("pk"), version=OuterRef("version"), confirmed=None)


def _to_confirm(operator: Any) -> Any:
    """What `resolution.why_not_confirm` lets this person confirm."""
    if Role.SUPERVISOR not in operator.roles:
        return Value(value=False)
    theirs = _open_proposals().filter(proposed_by__is_active=True, proposed_by__grants__role=Role.SUPERVISOR)
    theirs = theirs.exclude(proposed_person=operator.person_id).exclude(proposed_by=operator.pk)
    theirs = theirs.exclude(operation__maker_person=operator.person_id).exclude(operation__made_by=operator.pk)
    return Exists(theirs)


def _owned(**whose: Any) -> Q:
    """That somebody sees to it in the state that it is in now."""
    return Q(assignment__state=F("state"), assignment__to__isnull=False, **whose)


def _in_turn(rows: Any, operator: Any) -> Any:
    """With what decides which comes first for this person."""
    return rows.annotate(
        is_to_confirm=_to_confirm(operator),
        is_mine=Case(When(_owned(assignment__to__person=operator.person_id), then=True), default=False),
    ).annotate(
        turn=Case(When(is_to_confirm=True, then=0), When(is_mine=True, then=1), default=2, output_field=IntegerField())
    )


def _evident(rows: Any) -> Any:
    """With what stands on record of each: the last answer, whether MT5 ever took it in, and the proposals."""
    answers = Answer.objects.filter(attempt__operation=OuterRef("pk")).order_by("-at", "-pk")
    waiting = Resolution.objects.filter(confirmed=None).select_related("proposed_by")
    return (
        rows.select_related("made_by", "assignment__to")
        .annotate(
            last_meaning=Subquery(answers.values("meaning")[:1]),
            last_words=Subquery(answers.values("words")[:1]),
            was_taken_in=Exists(answers.filter(meaning="accepted")),
        )
        .prefetch_related(Prefetch("resolutions", queryset=waiting, to_attr="open_proposals"))
    )
