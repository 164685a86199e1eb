"""The filters of the list of operations; they stand in the URL."""

from typing import Any

import django_filters
from django import forms

from backoffice.operations.instructions import KINDS
from backoffice.operations.models import Operation
from backoffice.operations.states import FINAL, State
from backoffice.ui.fields import LoginField


class LoginFilter(django_filters.Filter):  # type: ignore[misc]  # django-filter ships no types
    field_class = LoginField


class OperationFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    state = django_filters.MultipleChoiceFilter(choices=State.choices, label="State")
    kind = django_filters.MultipleChoiceFilter(choices=lambda: [(k, c.title) for k, c in KINDS.items()], label="Kind")
    login = LoginFilter(label="Login", field_name="login")
    open = django_filters.BooleanFilter(label="Open only", method="only_open", widget=forms.CheckboxInput)

    class Meta:
        model = Operation
        fields: tuple[str, ...] = ()

    def only_open(self, rows: Any, name: str, value: bool) -> Any:  # noqa: FBT001  # django-filter calls it so
        return rows.exclude(state__in=FINAL) if value else rows
