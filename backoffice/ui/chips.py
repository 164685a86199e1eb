"""What the filter chips of a list say: which filter holds which value, and the address without it."""

from dataclasses import dataclass
from typing import Any

from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, HiddenInput, MultiWidget
from django.http import QueryDict

SEARCH = "q"
BOUNDS = ("At least", "At most")
# In whatever way a view names its place in the list.
PLACES = ("before", "after", "cursor", "page")


@dataclass(frozen=True)
class Chip:
    field: BoundField
    value: str
    clear_url: str
    set_url: str = ""

    @property
    def is_switch(self) -> bool:
        """A filter that is only on or off is one link, not a menu."""
        return isinstance(self.field.field.widget, CheckboxInput)

    @property
    def is_choice(self) -> bool:
        return isinstance(self.field.field.widget, CheckboxSelectMultiple)


def chips_of(form: BaseForm, query: QueryDict) -> list[Chip]:
    """One for each visible filter but the search box, which stands by itself."""
    return [_chip(field, query) for field in form if field.name != SEARCH and not _is_hidden(field)]


def _is_hidden(field: BoundField) -> bool:
    return isinstance(field.field.widget, HiddenInput)


def _chip(field: BoundField, query: QueryDict) -> Chip:
    _name_the_bounds(field)
    return Chip(field, _said(field), _address(_without(field, query)), _address(_with(field, query)))


def _name_the_bounds(field: BoundField) -> None:
    """A range has one label for two inputs; each needs a name for those who hear the page."""
    widget = field.field.widget
    if isinstance(widget, MultiWidget):
        for bound, part in zip(BOUNDS, widget.widgets, strict=False):
            part.attrs |= {"aria-label": f"{field.label}: {bound.lower()}", "placeholder": bound}


def _said(field: BoundField) -> str:
    if isinstance(field.field.widget, MultiWidget):
        return _said_of_range(field.value())
    if isinstance(field.field.widget, CheckboxInput):
        return "Yes" if field.value() in (True, "on", "true", "True") else ""
    if hasattr(field.field.widget, "choices"):
        return ", ".join(_chosen(field))
    return str(field.value() or "")


def _said_of_range(value: Any) -> str:
    low, high = (str(bound or "") for bound in (*(value or ("", "")), "", "")[:2])
    if low and high:
        return f"{low} – {high}"
    return (low and f"≥ {low}") or (high and f"≤ {high}")


def _chosen(field: BoundField) -> list[str]:
    options = [option.data for option in field.subwidgets]
    return [str(option["label"]) for option in options if option["selected"] and option["value"] not in ("", None)]


def _without(field: BoundField, query: QueryDict) -> QueryDict:
    """Another filter is another list: it is looked at from its beginning."""
    rest = query.copy()
    for name in (*_names(field), *PLACES):
        rest.pop(name, None)
    return rest


def _with(field: BoundField, query: QueryDict) -> QueryDict:
    rest = _without(field, query)
    rest[field.html_name] = "on"
    return rest


def _address(query: QueryDict) -> str:
    return f"?{query.urlencode()}"


def _names(field: BoundField) -> list[str]:
    """A range of django-filter's is sent under two names, each with its suffix."""
    suffixes = getattr(field.field.widget, "suffixes", ())
    return [field.html_name, *(f"{field.html_name}_{suffix}" for suffix in suffixes)]
