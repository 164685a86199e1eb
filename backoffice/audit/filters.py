"""The filters of the trail; they stand in the URL."""

from typing import Any

import django_filters
from django import forms

from backoffice.audit.models import Entry
from backoffice.audit.vocabulary import ACTIONS
from backoffice.ui.fields import LoginField

DATE = forms.DateInput(attrs={"type": "date"})


class LoginFilter(django_filters.Filter):  # type: ignore[misc]  # django-filter ships no types
    field_class = LoginField


class TrailFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    action = django_filters.MultipleChoiceFilter(
        label="What",
        choices=lambda: sorted(((a.name, a.label) for a in ACTIONS.values()), key=lambda c: c[1]),
        widget=forms.CheckboxSelectMultiple,
    )
    operator_id = django_filters.CharFilter(label="Operator id", max_length=64)
    login = LoginFilter(label="Login", field_name="login")
    request_id = django_filters.CharFilter(label="Request id", max_length=64)
    since = django_filters.DateFilter(label="From day", field_name="at", lookup_expr="date__gte", widget=DATE)
    until = django_filters.DateFilter(label="To day", field_name="at", lookup_expr="date__lte", widget=DATE)

    class Meta:
        model = Entry
        fields: tuple[str, ...] = ()

    @property
    def described(self) -> dict[str, Any]:
        """What was asked, for the entry that reading the trail leaves."""
        return {name: ",".join(self.data.getlist(name)) for name in self.filters if self.data.get(name)}
