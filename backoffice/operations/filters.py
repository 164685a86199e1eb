"""The filters of the list of operations; they stand in the URL."""

from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.http import QueryDict

from backoffice.operations import queries
from backoffice.operations.instructions import KINDS
from backoffice.operations.models import Operation
from backoffice.operations.states import LIVE, State
from backoffice.ui.fields import LoginField
from backoffice.ui.parts import Tab

VIEWS = {
    "All": "",
    "Open": "open=on",
    State.AWAITING_APPROVAL.label: f"state={State.AWAITING_APPROVAL}",
    "Approved": f"state={State.QUEUED}&state={State.RUNNING}",
    State.UNCERTAIN.label: f"state={State.UNCERTAIN}&state={State.ACCEPTED}",
    State.EXCEPTION.label: f"state={State.EXCEPTION}",
    State.RETURNED.label: f"state={State.RETURNED}",
    State.APPLIED.label: f"state={State.APPLIED}",
}
PLACES = ("after", "before")


class LoginFilter(django_filters.Filter):  # type: ignore[misc]  # django-filter ships no types
    field_class = LoginField


class OperationFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    state = django_filters.MultipleChoiceFilter(
        choices=State.choices, label="State", widget=forms.CheckboxSelectMultiple
    )
    kind = django_filters.MultipleChoiceFilter(
        choices=lambda: [(k, c.title) for k, c in KINDS.items()], label="Kind", widget=forms.CheckboxSelectMultiple
    )
    login = LoginFilter(label="Login", field_name="login")
    lane = django_filters.MultipleChoiceFilter(
        choices=lambda: [(lane, lane.capitalize()) for lane in settings.LANES],
        label="Connection",
        widget=forms.CheckboxSelectMultiple,
    )
    open = django_filters.BooleanFilter(label="Open only", method="only_open", widget=forms.CheckboxInput)

    class Meta:
        model = Operation
        fields: tuple[str, ...] = ()

    def only_open(self, rows: Any, name: str, value: bool) -> Any:  # noqa: FBT001  # django-filter calls it so
        return rows.filter(state__in=LIVE) if value else rows


def tabs(query: QueryDict, *, rows: Any) -> list[Tab]:
    """The views that people open again and again, each an address; a further filter belongs to none of them.

    What is live is counted, of all the `rows` that this person may see; what is final has no end, and no count.
    """
    asked = {(name, value) for name, values in query.lists() for value in values if name not in PLACES and value}
    return [
        Tab(label=label, url=f"?{view}", count=_count(rows, view), is_current=pairs(view) == asked)
        for label, view in VIEWS.items()
    ]


def _count(rows: Any, view: str) -> str:
    states = LIVE if view == "open=on" else frozenset(QueryDict(view).getlist("state"))
    count = queries.bounded(rows.filter(state__in=states)) if states and states <= LIVE else ""
    return "" if count == "0" else count


def pairs(view: str) -> set[tuple[str, str]]:
    """What the address of a view asks for."""
    return {(name, value) for name, values in QueryDict(view).lists() for value in values}
