"""The one door through which a bundle's state goes, and the words of the trail for it."""

from typing import Any

from backoffice.audit.unit import Unit
from backoffice.audit.vocabulary import register
from backoffice.operations.models import Bundle

S = Bundle.State
SUBMITTED = register("bundle.submitted", "Bundle submitted")
VOTED = register("bundle.vote", "Approval of a bundle given", "ok")
REFUSED = register("bundle.act_refused", "Act on a bundle refused", "warn")
SETTLED = register("bundle.settled", "Bundle carried out", "ok")
LEFT = register("bundle.left", "Left out of its approved bundle", "warn")
ENDED = {
    S.APPROVED: register("bundle.approved", "Bundle approved", "ok"),
    S.REJECTED: register("bundle.rejected", "Bundle rejected", "bad"),
    S.RETURNED: register("bundle.returned", "Bundle returned to maker", "warn"),
    S.CANCELLED: register("bundle.cancelled", "Bundle cancelled"),
    S.EXPIRED: register("bundle.expired", "Bundle expired"),
    S.EMPTY: register("bundle.empty", "Nobody left in a bundle"),
}


def end(
    bundle: Bundle, to: Bundle.State, work: Unit, *, by: Any = None, reason: str = "", first: int | None = None
) -> None:
    """Ends its waiting; the bundle is locked. `first` is the place of its first member in line, where it is approved."""
    bundle.state, bundle.decided_at, bundle.first_position = to, work.now, first
    bundle.save(update_fields=["state", "decided_at"] + (["first_position"] if first is not None else []))
    note(work, ENDED[to], bundle, by=by, reason=reason)


def note(work: Unit, action: str, bundle: Bundle, *, by: Any = None, reason: str = "", **detail: str) -> None:
    told = {"reference": bundle.reference, "title": bundle.title, "members": str(bundle.count), "hash": bundle.hash}
    work.note(action, by=by, on=("bundle", bundle.pk), reason=reason, detail=told | detail)
