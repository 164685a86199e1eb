"""Who looks at what waits for a decision, as its page tells it."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from backoffice.operations import claims
from backoffice.operations.models import Bundle, Claim, Operation


def looking(request: HttpRequest, found: Operation | Bundle, *, may_claim: bool) -> dict[str, Any]:
    """Who looks at it; whoever opens what they may decide does, from then on."""
    opens = may_claim and request.method == "GET"
    held = claims.look(found, by=request.user) if opens else claims.holder(found)
    return told(request, found, held, may_claim=may_claim)


def told(request: HttpRequest, found: Operation | Bundle, held: Claim | None, *, may_claim: bool) -> dict[str, Any]:
    """What `operations/looking.html` and `operations/leaving.html` are drawn from."""
    name = "bundle_claim" if isinstance(found, Bundle) else "claim"
    urls = {"claim_url": reverse(name, args=[found.pk]), "claim_end_url": reverse(f"{name}_end", args=[found.pk])}
    return urls | claims.told(held, by=request.user, may_claim=may_claim)
