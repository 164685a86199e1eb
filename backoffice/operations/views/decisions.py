"""What was seen with a vote, shown again: the same values drawn by the same parts as on the day."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from backoffice.access import access
from backoffice.operations.models import Decision, Sight
from backoffice.operations.shown import Shown, from_text
from backoffice.operations.views.pages import SEES_OPERATIONS, visible


@access(*SEES_OPERATIONS)
def decision(request: HttpRequest, pk: UUID, vote: int) -> HttpResponse:
    found = visible(request, pk)
    cast = get_object_or_404(found.decisions.select_related("by", "delegation__of", "sight", "signature"), pk=vote)
    sight = _sight(cast)
    title = f"{found.reference} as {cast.who} saw it"
    context = {"title": title, "operation": found, "vote": cast, "sight": sight, "shown": _shown(sight)}
    return render(request, "operations/decision.html", context)


def _sight(cast: Decision) -> Sight | None:
    """Votes from before sights were kept have none."""
    return getattr(cast, "sight", None)


def _shown(sight: Sight | None) -> Shown | None:
    """What is not what was written down is not drawn as if it were."""
    if sight is None or not sight.is_whole:
        return None
    try:
        return from_text(sight.text).opened
    except ValueError:
        return None
