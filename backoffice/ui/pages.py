"""Keyset paging: page 10,000 costs what page 1 costs, and nothing is counted."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError

from backoffice.ui.parts import Pager


def keyset(
    rows: Any, asked: Mapping[str, str], *, size: int, oldest_first: bool = False, key: str = "pk"
) -> tuple[list[Any], Pager]:
    """One page of `rows` in order of `key`, newest first; `asked` may hold `after` or `before`, a key of another page.

    Returns the page and its pager. A key that is none is taken as not given.
    """
    after, before = _key(rows, key, asked.get("after", "")), _key(rows, key, asked.get("before", ""))
    forwards, backwards = ("gt", "lt") if oldest_first else ("lt", "gt")
    is_back = before is not None and after is None
    if is_back:
        rows = rows.filter(**{f"{key}__{backwards}": before})
    elif after is not None:
        rows = rows.filter(**{f"{key}__{forwards}": after})
    descending = oldest_first == is_back
    found = list(rows.order_by(f"-{key}" if descending else key)[: size + 1])
    more, page = len(found) > size, found[:size]
    if is_back:
        page.reverse()
    is_first, is_last = (not more, False) if is_back else (after is None, not more)
    previous = "" if is_first or not page else _address(asked, before=getattr(page[0], key))
    following = "" if is_last or not page else _address(asked, after=getattr(page[-1], key))
    labels = ("Earlier", "Later") if oldest_first else ("Newer", "Older")
    return page, Pager(
        shown=f"{len(page)} shown",
        previous=previous,
        following=following,
        previous_label=labels[0],
        following_label=labels[1],
    )


def _address(asked: Any, **place: Any) -> str:
    kept = [(name, value) for name, values in asked.lists() for value in values if name not in ("after", "before")]
    return "?" + urlencode(kept + list(place.items()))


def _key(rows: Any, key: str, text: str) -> Any:
    field = rows.model._meta.pk if key == "pk" else rows.model._meta.get_field(key)
    try:
        return field.to_python(text) if text else None
    except (ValidationError, ValueError, OverflowError):  # a key that is none is no key
        return None
