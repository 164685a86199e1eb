"""Keyset paging: page 10,000 costs what page 1 costs, and nothing is counted."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

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
    has_newer, has_older = (more, True) if is_back else (after is not None, more)
    return page, _pager(page, asked, key, has_newer=has_newer and bool(page), has_older=has_older and bool(page))


def _pager(page: list[Any], asked: Mapping[str, str], key: str, *, has_newer: bool, has_older: bool) -> Pager:
    newer = _address(asked, before=getattr(page[0], key)) if has_newer else ""
    older = _address(asked, after=getattr(page[-1], key)) if has_older else ""
    return Pager(shown=f"{len(page)} shown", newer=newer, older=older)


def _address(asked: Any, **place: Any) -> str:
    kept = [(name, value) for name, values in asked.lists() for value in values if name not in ("after", "before")]
    return "?" + urlencode(kept + list(place.items()))


def _key(rows: Any, key: str, text: str) -> Any:
    field = rows.model._meta.pk if key == "pk" else rows.model._meta.get_field(key)
    try:
        return field.to_python(text) if text else None
    except Exception:  # noqa: BLE001  # each field raises its own; a key that is none is no key
        return None
