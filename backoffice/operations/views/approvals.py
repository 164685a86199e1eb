"""The queue of approvals: what waits for a decision, live while it is looked at; and who looks at what."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from backoffice.access import access
from backoffice.audit import clock
from backoffice.operations import approvals, claims, live, queries, say, turns
from backoffice.operations.approvals_filters import ApprovalFilter, tabs
from backoffice.operations.bundles import say as of_bundles
from backoffice.operations.filters import PLACES
from backoffice.operations.live import Live
from backoffice.operations.models import Bundle, Operation
from backoffice.operations.terms import MAY_CHECK
from backoffice.operations.turns import TURN
from backoffice.operations.views import bundles, looking
from backoffice.operations.views.acts import back
from backoffice.operations.views.pages import POLL_ENDS, address, visible
from backoffice.ui.pages import keyset
from backoffice.ui.parts import Figure

ASKED = ("version", "shown", "opened")
MOST_CURRENCIES = 6


@access(*MAY_CHECK)
def queue(request: HttpRequest) -> HttpResponse:
    if request.htmx and "version" in request.GET:  # type: ignore[attr-defined]  # django-htmx's middleware
        return _since(request)
    now = clock.now()
    mark, (waiting, chosen) = approvals.mark(now), _chosen(request, now)
    page, pager = keyset(chosen.qs, request.GET, size=queries.PAGE, oldest_first=True, key=TURN)
    rows = approvals.told([row.item for row in page], operator=request.user, now=now)
    context = {"title": "Approvals", "filter": chosen, "pager": pager, "opened": _written(now)}
    context |= _listed(request, rows, waiting, chosen, mark=mark, new=0, opened=_written(now))
    return render(request, "operations/approvals.html", context)


@access(*MAY_CHECK, methods=["POST"])
def following(request: HttpRequest) -> HttpResponse:
    """Leads to the worst that they may decide and that nobody looks at; two who ask at once are led apart."""
    if found := approvals.take_next(request.user):
        return redirect("bundle" if isinstance(found, Bundle) else "operation", found.pk)
    messages.info(request, "Nothing that nobody looks at waits for you.")
    return redirect("approvals")


@access(*MAY_CHECK, methods=["POST"])
def claim(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Says that they look at it; a page that is open says so again and again."""
    found = visible(request, pk)
    return _claim(request, found, say.why_not_approve(found, by=request.user), page=address(found))


@access(*MAY_CHECK, methods=["POST"])
def claim_bundle(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The same of a bundle."""
    found = bundles.visible(request, pk)
    return _claim(request, found, of_bundles.why_not_approve(found, by=request.user), page=bundles.address(found))


@access(*MAY_CHECK, methods=["POST"])
def leaving(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _leave(request, visible(request, pk))


@access(*MAY_CHECK, methods=["POST"])
def leaving_bundle(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _leave(request, bundles.visible(request, pk))


def _claim(request: HttpRequest, found: Operation | Bundle, why: str, *, page: str) -> HttpResponse:
    """`why` they cannot decide it; where they can, they look at it from now on."""
    held = claims.holder(found) if why else claims.look(found, by=request.user)
    if request.htmx:  # type: ignore[attr-defined]  # django-htmx's middleware
        context = looking.told(request, found, held, may_claim=not why)
        return render(request, "operations/looking.html", context, status=POLL_ENDS if why else 200)
    if why or (held and not claims.is_theirs(held, request.user)):
        messages.warning(request, why or f"{held and held.by.name} is looking at it already.")
    return redirect(back(request) or page)


def _leave(request: HttpRequest, found: Operation | Bundle) -> HttpResponse:
    claims.release(found, by=request.user)
    return redirect(back(request) or "approvals")


def _since(request: HttpRequest) -> HttpResponse:
    """What has changed since a version of the queue; 204 while nothing has happened, and no limit can have passed."""
    version, now = request.GET["version"], clock.now()
    if live.stands_at(version, mark := approvals.mark(now)):
        return HttpResponse(status=204)
    waiting, chosen = _chosen(request, now)
    shown = live.ids(request.GET.get("shown", ""), most=queries.PAGE)
    rows, opened = approvals.told(shown, operator=request.user, now=now), request.GET.get("opened", "")
    # Of a page that is full only what came later is new: the rest stands on the pages behind it.
    fitting = chosen.qs.filter(came_at__gt=approvals.moment(opened)) if len(shown) == queries.PAGE else chosen.qs
    new = live.count_new(fitting, shown=shown, is_full=False, by="item")
    context = _listed(request, rows, waiting, chosen, mark=mark, new=new, opened=opened)
    differs = not live.shows_the_same(version, context["live"])
    return render(request, "operations/approvals.html#live", context | {"is_polled": True, "differs": differs})


def _chosen(request: HttpRequest, now: Any) -> tuple[Any, Any]:
    """What waits, in the order of this person's queue, and what of it the filters choose."""
    waiting = turns.in_turn(turns.items().visible_to(request.user), operator=request.user, now=now)
    return waiting, ApprovalFilter(request.GET, queryset=waiting)


def _listed(
    request: HttpRequest, rows: list[Any], waiting: Any, chosen: Any, *, mark: str, new: int, opened: str
) -> dict[str, Any]:
    """The rows, figures and views with the address that asks for what has changed; only the first page asks."""
    figures, newest = _figures(chosen.qs), _newest(request)
    told = [*(row.shown for row in rows), *(f"{figure.label} {figure.value}" for figure in figures)]
    besides = " ".join(told)
    now = Live([row.found for row in rows], tabs(newest, rows=waiting), new, mark, besides)
    asks = newest.copy()
    asks.update({"shown": now.shown, "version": now.version, "opened": opened})
    is_first = not any(request.GET.get(place) for place in PLACES)
    return {
        "rows": rows,
        "tabs": now.tabs,
        "figures": figures,
        "live": now if is_first else None,
        "newest_url": f"?{newest.urlencode()}",
        "asks_url": f"?{asks.urlencode()}",
        "may_choose": any(row.may_choose for row in rows),
    }


def _figures(chosen: Any) -> list[Figure]:
    """How much of it is late, and what it comes to, by currency."""
    late = Figure(label="Breached", value=queries.bounded(chosen.filter(rank=0)), url="?breached=on")
    sums = [Figure(label=f"Sum in {c}", value=amount, currency=c) for c, amount in approvals.totals(chosen)]
    return [Figure(label="Waiting", value=queries.bounded(chosen)), late, *sums[:MOST_CURRENCIES]]


def _newest(request: HttpRequest) -> QueryDict:
    """The address of the first page of this list."""
    asked = request.GET.copy()
    for name in (*ASKED, *PLACES):
        asked.pop(name, None)
    return asked


def _written(now: Any) -> str:
    return str(now.timestamp())
