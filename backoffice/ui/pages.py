"""Keyset paging: page 10,000 costs what page 1 costs, and nothing is counted."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.timezone import is_naive

from backoffice.ui.parts import Pager

BETWEEN = "~"  # stands in no value, and needs no escape in an address
Place = tuple[Any, ...]


def keyset(
    rows: Any, asked: Mapping[str, str], *, size: int, oldest_first: bool = False, key: tuple[str, ...] = ("pk",)
) -> tuple[list[Any], Pager]:
    """One page of `rows` in order of `key`, newest first; `asked` may hold `after` or `before`, the place of a row.

    `key` names fields or annotations that together are unique, the last of them by itself. Returns the page and its
    pager. A place that is none is taken as not given.
    """
    after, before = _place(rows, key, asked.get("after", "")), _place(rows, key, asked.get("before", ""))
    forwards, backwards = ("gt", "lt") if oldest_first else ("lt", "gt")
    is_back = before is not None and after is None
    if is_back:
        rows = rows.filter(_beyond(key, before or (), backwards))
    elif after is not None:
        rows = rows.filter(_beyond(key, after, forwards))
    descending = oldest_first == is_back
    found = list(rows.order_by(*(f"-{name}" if descending else name for name in key))[: size + 1])
    more, page = len(found) > size, found[:size]
    if is_back:
        page.reverse()
    is_first, is_last = (not more, False) if is_back else (after is None, not more)
    previous = "" if is_first or not page else _address(asked, before=_written(page[0], key))
    following = "" if is_last or not page else _address(asked, after=_written(page[-1], key))
    labels = ("Earlier", "Later") if oldest_first else ("Newer", "Older")
    return page, Pager(
        shown=f"{len(page)} shown",
        previous=previous,
        following=following,
        previous_label=labels[0],
        following_label=labels[1],
    )


def _beyond(key: Iterable[str], place: Place, way: str) -> Q:
    """Past a place: beyond it in the first column, or level there and beyond it in the next."""
    past, level = Q(), Q()
    for name, value in zip(key, place, strict=True):
        past |= level & Q(**{f"{name}__{way}": value})
        level &= Q(**{name: value})
    return past


def _address(asked: Any, **place: str) -> str:
    kept = [(name, value) for name, values in asked.lists() for value in values if name not in ("after", "before")]
    return "?" + urlencode(kept + list(place.items()))


def _written(row: Any, key: Iterable[str]) -> str:
    return BETWEEN.join(str(getattr(row, name)) for name in key)


def _place(rows: Any, key: tuple[str, ...], text: str) -> Place | None:
    parts = text.split(BETWEEN) if text else []
    if len(parts) != len(key):
        return None
    try:
        place = tuple(_field(rows, name).to_python(part) for name, part in zip(key, parts, strict=True))
    except (ValidationError, ValueError, OverflowError):  # a place that is none is no place
        return None
    return None if any(_is_no_value(value) for value in place) else place


def _is_no_value(value: Any) -> bool:
    return value is None or (isinstance(value, datetime) and is_naive(value))


def _field(rows: Any, name: str) -> Any:
    if name in rows.query.annotations:
        return rows.query.annotations[name].output_field
    return rows.model._meta.pk if name == "pk" else rows.model._meta.get_field(name)
