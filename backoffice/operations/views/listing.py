"""The list of operations, and the part of it that asks for itself while its newest page is looked at."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from backoffice.access import access
from backoffice.operations import live, queries
from backoffice.operations.filters import PLACES, OperationFilter, tabs
from backoffice.operations.live import Live
from backoffice.operations.views.pages import SEES_OPERATIONS
from backoffice.ui.pages import keyset

ASKED = ("version", "shown")
DECIDED = ("decisions__by", "decisions__delegation__of")


@access(*SEES_OPERATIONS)
def operations(request: HttpRequest) -> HttpResponse:
    if request.htmx and "version" in request.GET:  # type: ignore[attr-defined]  # django-htmx's middleware
        return _since(request)
    mark = live.mark()
    seen, chosen = _chosen(request)
    rows, pager = keyset(chosen.qs.prefetch_related(*DECIDED), request.GET, size=queries.PAGE)
    now = Live(rows, tabs(_newest(request), rows=seen), 0, mark)
    context = {"title": "Operations", "filter": chosen, "pager": pager, **_listed(request, now)}
    return render(request, "operations/list.html", context)


def _since(request: HttpRequest) -> HttpResponse:
    """What has changed since a version of the list; 204 while nothing has happened in the house at all."""
    version, mark = request.GET["version"], live.mark()
    if live.stands_at(version, mark):
        return HttpResponse(status=204)
    seen, chosen = _chosen(request)
    shown = live.ids(request.GET.get("shown", ""), most=queries.PAGE)
    rows = list(seen.filter(pk__in=shown).prefetch_related(*DECIDED).order_by("-pk"))
    new = live.count_new(chosen.qs, shown=shown, is_full=len(shown) == queries.PAGE)
    now = Live(rows, tabs(_newest(request), rows=seen), new, mark)
    context = {"is_polled": True, "differs": not live.shows_the_same(version, now), **_listed(request, now)}
    return render(request, "operations/list.html#live", context)


def _chosen(request: HttpRequest) -> tuple[Any, Any]:
    """What this person may see, and what of it the filters choose."""
    seen = queries.ours().visible_to(request.user)
    return seen, OperationFilter(request.GET, queryset=seen)


def _listed(request: HttpRequest, now: Live) -> dict[str, Any]:
    """The rows and views with the address that asks for what has changed; only the newest page does."""
    newest, asks = _newest(request), _newest(request)
    asks.update({"shown": now.shown, "version": now.version})
    is_live = not any(request.GET.get(place) for place in PLACES)
    return {
        "rows": now.rows,
        "tabs": now.tabs,
        "live": now if is_live else None,
        "newest_url": f"?{newest.urlencode()}",
        "asks_url": f"?{asks.urlencode()}",
    }


def _newest(request: HttpRequest) -> QueryDict:
    """The address of the newest page of this list."""
    asked = request.GET.copy()
    for name in (*ASKED, *PLACES):
        asked.pop(name, None)
    return asked
