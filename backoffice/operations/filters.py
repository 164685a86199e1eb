"""The filters of the list of operations; they stand in the URL."""

from typing import Any

import django_filters
from django import forms
from django.http import QueryDict

from backoffice.operations.instructions import KINDS
from backoffice.operations.models import Operation
from backoffice.operations.states import FINAL, State
from backoffice.ui.fields import LoginField
from backoffice.ui.parts import Tab

VIEWS = {
    "All": "",
    "Open": "open=on",
    State.AWAITING_APPROVAL.label: f"state={State.AWAITING_APPROVAL}",
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
    open = django_filters.BooleanFilter(label="Open only", method="only_open", widget=forms.CheckboxInput)

    class Meta:
        model = Operation
        fields: tuple[str, ...] = ()

    def only_open(self, rows: Any, name: str, value: bool) -> Any:  # noqa: FBT001  # django-filter calls it so
        return rows.exclude(state__in=FINAL) if value else rows


def tabs(query: QueryDict) -> list[Tab]:
    """The views that people open again and again, each an address; a further filter belongs to none of them."""
    asked = {(name, value) for name, values in query.lists() for value in values if name not in PLACES and value}
    return [Tab(label=label, url=f"?{view}", is_current=_pairs(view) == asked) for label, view in VIEWS.items()]


def _pairs(view: str) -> set[tuple[str, str]]:
    return {(name, value) for name, values in QueryDict(view).lists() for value in values}
