"""The filters of the queue of approvals, and the views that people open again and again; both stand in the URL."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q
from django.http import QueryDict

from backoffice.operations import queries
from backoffice.operations.filters import PLACES, LoginFilter, pairs
from backoffice.operations.instructions import KINDS
from backoffice.operations.models import Operation
from backoffice.operations.turns import any_of
from backoffice.ui.fields import AmountField
from backoffice.ui.parts import Tab

VIEWS = {
    "All": "",
    "Mine to decide": "mine=on",
    "Breached": "mine=on&breached=on",
    "With warnings": "mine=on&warnings=on",
    "Unclaimed": "mine=on&claim=none",
}


class AmountFilter(django_filters.Filter):  # type: ignore[misc]  # django-filter ships no types
    field_class = AmountField


class Switch(django_filters.BooleanFilter):  # type: ignore[misc]  # django-filter ships no types
    """Chooses the rows of which something is so; off, it chooses nothing away."""

    def __init__(self, label: str, *, widget: type[forms.Widget] = forms.CheckboxInput, **so: Any) -> None:
        super().__init__(label=label, widget=widget)
        self.so = so

    def filter(self, qs: Any, value: Any) -> Any:
        return qs.filter(**self.so) if value else qs


def makers() -> list[tuple[int, str]]:
    """Whoever has made something that waits."""
    rows = queries.pending().order_by().values_list("made_by", "made_by__name").distinct()
    return sorted(rows, key=lambda row: row[1])


class ApprovalFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    """`queryset` is what `turns.in_turn` makes of the items; a bundle is chosen by any that is in it, and by what it comes to."""

    kind = django_filters.MultipleChoiceFilter(
        choices=lambda: [(k, c.title) for k, c in KINDS.items()],
        label="Kind",
        widget=forms.CheckboxSelectMultiple,
        method="has_any",
    )
    login = LoginFilter(label="Login", method="has_one")
    maker = django_filters.MultipleChoiceFilter(
        field_name="made_by",
        choices=makers,
        label="Requested by",
        widget=forms.CheckboxSelectMultiple,
        method="has_any",
    )
    least = AmountFilter(label="Amount from", field_name="comes_to", lookup_expr="gte")
    most = AmountFilter(label="Amount to", field_name="comes_to", lookup_expr="lte")
    claim = django_filters.ChoiceFilter(
        choices=[("none", "Nobody looks at it"), ("any", "Somebody looks at it")], label="Claimed", method="looked_at"
    )
    # Which view it is, so it is no chip.
    mine = Switch("Mine to decide", widget=forms.HiddenInput, turn=0)
    breached = Switch("Breached", rank=0)
    warnings = django_filters.BooleanFilter(label="With warnings", method="warned", widget=forms.CheckboxInput)

    class Meta:
        model = Operation
        fields: tuple[str, ...] = ()

    def has_any(self, rows: Any, name: str, values: list[str]) -> Any:
        return rows.filter(any_of(Q(**{f"{name}__in": values}))) if values else rows

    def has_one(self, rows: Any, name: str, value: Any) -> Any:
        return rows.filter(any_of(Q(**{name: value})))

    def warned(self, rows: Any, name: str, value: bool) -> Any:  # noqa: FBT001  # django-filter calls it so
        return rows.filter(any_of(queries.warned())) if value else rows

    def looked_at(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(is_claimed=value == "any")


def tabs(query: QueryDict, *, rows: Any) -> list[Tab]:
    """The views, each with the count of what it holds; a further filter belongs to none of them."""
    asked = {(name, value) for name, values in query.lists() for value in values if name not in PLACES and value}
    return [
        Tab(label=label, url=f"?{view}", count=_count(view, rows), is_current=pairs(view) == asked)
        for label, view in VIEWS.items()
    ]


def _count(view: str, rows: Any) -> str:
    count = queries.bounded(ApprovalFilter(QueryDict(view), queryset=rows).qs)
    return "" if count == "0" else count
