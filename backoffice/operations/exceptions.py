"""The exceptions desk: what is open, what MT5 last said of it, what that suggests, and whose turn it is."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Subquery, Value
from django.http import QueryDict

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.operations import queries
from backoffice.operations.models import Answer, Operation, Resolution
from backoffice.operations.suggestion import Suggestion, suggestion
from backoffice.ui.parts import Tab

SHOWN = 100
LATE = timedelta(minutes=30)
VIEWS = {
    "": "All",
    "mine": "Mine to confirm",
    "proposed": "Proposed",
    "unproposed": "Nobody’s yet",
    "late": "Over 30 min",
}


@dataclass(frozen=True)
class Row:
    """One open exception; `proposal` waits for a second supervisor, and `is_mine` says that it may be this one."""

    operation: Operation
    words: str
    suggestion: Suggestion
    proposal: Resolution | None
    is_mine: bool


def rows(view: str, *, operator: Any) -> list[Row]:
    """At most SHOWN: this person's to confirm first, then the oldest."""
    found = _seen_as(view, operator).order_by("-is_mine", "moved_at", "pk")[:SHOWN]
    return [_row(operation) for operation in found]


def tabs(view: str, *, operator: Any) -> list[Tab]:
    """The saved views with their counts; only a supervisor has something to confirm."""
    offered = {name: label for name, label in VIEWS.items() if name != "mine" or Role.SUPERVISOR in operator.roles}
    return [
        Tab(
            label=label,
            url=f"?{QueryDict(f'view={name}').urlencode()}" if name else "?",
            count=queries.bounded(_seen_as(name, operator)),
            is_current=name == view,
        )
        for name, label in offered.items()
    ]


def told(operation: Operation) -> Row:
    """One exception as the desk shows it, for its own page."""
    return _row(_evident(queries.ours().filter(pk=operation.pk)).annotate(is_mine=Value(value=False)).get())


def _row(found: Any) -> Row:
    open_ones = [proposal for proposal in found.open_proposals if proposal.version == found.version]
    return Row(
        operation=found,
        words=found.last_words or "",
        suggestion=suggestion(found, last=found.last_meaning or "", was_taken_in=found.was_taken_in),
        proposal=open_ones[0] if open_ones else None,
        is_mine=found.is_mine,
    )


def _seen_as(view: str, operator: Any) -> Any:
    proposals = _open_proposals()
    rows = _evident(queries.exceptions()).annotate(is_proposed=Exists(proposals), is_mine=_mine(proposals, operator))
    match view:
        case "mine":
            return rows.filter(is_mine=True)
        case "proposed":
            return rows.filter(is_proposed=True)
        case "unproposed":
            return rows.filter(is_proposed=False)
        case "late":
            return rows.filter(moved_at__lt=clock.now() - LATE)
        case _:
            return rows


def _open_proposals() -> Any:
    return Resolution.objects.filter(operation=OuterRef("pk"), version=OuterRef("version"), confirmed=None)


def _mine(proposals: Any, operator: Any) -> Any:
    """What `resolution.why_not_confirm` lets this person confirm."""
    if Role.SUPERVISOR not in operator.roles:
        return Value(value=False)
    theirs = proposals.filter(proposed_by__is_active=True, proposed_by__grants__role=Role.SUPERVISOR)
    theirs = theirs.exclude(proposed_person=operator.person_id).exclude(proposed_by=operator.pk)
    theirs = theirs.exclude(operation__maker_person=operator.person_id).exclude(operation__made_by=operator.pk)
    return Exists(theirs)


def _evident(rows: Any) -> Any:
    """With what stands on record of each: the last answer, whether MT5 ever took it in, and the proposals."""
    answers = Answer.objects.filter(attempt__operation=OuterRef("pk")).order_by("-at", "-pk")
    waiting = Resolution.objects.filter(confirmed=None).select_related("proposed_by")
    return rows.annotate(
        last_meaning=Subquery(answers.values("meaning")[:1]),
        last_words=Subquery(answers.values("words")[:1]),
        was_taken_in=Exists(answers.filter(meaning="accepted")),
    ).prefetch_related(Prefetch("resolutions", queryset=waiting, to_attr="open_proposals"))
