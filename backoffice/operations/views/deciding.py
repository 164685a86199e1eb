"""What a page needs for a decision to be made on it: what is shown, and the forms that carry it, signed, to the desk."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from backoffice.operations import comments, judging, queries, say, showing, signing
from backoffice.operations.binding import Read
from backoffice.operations.forms import ApprovalForm, CommentForm, RejectionForm
from backoffice.operations.models import Bundle, Operation
from backoffice.operations.quorum import seats
from backoffice.operations.sealing import sealed
from backoffice.operations.shown import Shown
from backoffice.operations.states import State
from backoffice.operations.views.again import again, return_form

# As many are decided on an account's own page; the others have theirs.
MOST_CARDS = 3


@dataclass(frozen=True)
class Card:
    """One operation that waits, on the page of its account; `mark` keeps the ids of one card from those of another."""

    operation: Operation
    shown: Shown
    mark: str
    forms: dict[str, Any]


def look(request: HttpRequest, found: Operation, *, page: str) -> Shown:
    """What this person is shown of it, with the account as it is now. No transaction may be open."""
    return _shown(request, found, page=page, account=showing.look(found, by=request.user))


def recall(request: HttpRequest, found: Operation) -> Shown:
    """The same without asking MT5."""
    return _shown(request, found, page="operation", account=None)


def cards(request: HttpRequest, login: int, *, account: Read) -> list[Card]:
    """The operations of a login that this person may decide on, with what its page shows; `account` was just read."""
    rows = queries.to_decide(request.user).filter(login=login).order_by("pk")
    mine = [row for row in rows[: 2 * MOST_CARDS] if not say.why_not_decide(row, by=request.user)]
    return [_card(request, row, account) for row in mine[:MOST_CARDS]]


def forms(found: Operation, seen: Shown, *, by: Any, mark: str = "") -> dict[str, Any]:
    """The forms by which this person may decide, and why they may not approve; nothing of it once it is decided."""
    if found.state != State.AWAITING_APPROVAL:
        return {}
    made: dict[str, Any] = {"why_not_decide": seen.why_not_approve, "seats": seats(found)}
    made["decides_for"] = seen.decides_for
    made["filled"] = sum(1 for seat in made["seats"] if seat.by)
    if say.why_not_decide(found, by=by):
        return made
    carried = {"seen": seen.seen, "sight": sealed(seen, found, by=by)}
    if not seen.why_not_approve:
        initial = carried | {"reason_code": "WITHIN_POLICY"}
        made["signs"] = signing.way(by, is_asked=judging.asks_for_signature(found))
        made["approval_form"] = ApprovalForm(initial=initial, auto_id=f"approve{mark}_%s")
    made["rejection_form"] = RejectionForm(initial=carried, auto_id=f"reject{mark}_%s")
    made["return_form"] = return_form(found, sight=carried["sight"], mark=mark)
    return made


def renewed(bound: dict[str, Any], fresh: dict[str, Any]) -> dict[str, Any]:
    """Forms that came back with errors stand on a page that was drawn anew: they carry what that one shows."""
    for name, form in bound.items():
        if "sight" in form.fields and name in fresh:
            form.data = form.data.copy()
            for carried in ("seen", "sight"):
                form.data[carried] = fresh[name].initial[carried]
    return bound


def thread(found: Operation | Bundle, *, by: Any) -> dict[str, Any]:
    why = comments.why_not(found, by=by)
    form = None if why else CommentForm(initial={"key": comments.mint(found, by=by)}, auto_id="comment_%s")
    url = reverse("bundle_comments" if isinstance(found, Bundle) else "comments", args=[found.pk])
    return {"comment_form": form, "why_not_comment": why, "comment_url": url}


def _shown(request: HttpRequest, found: Operation, *, page: str, account: Read) -> Shown:
    told = again(found, by=request.user)
    old, ended_by = told.get("replaces"), told.get("ended_by")
    replaces = f"Resubmission of {old.reference}. {old.get_state_display()}" if old else ""
    replaces += f" by {ended_by.who}: {ended_by.words_as_kept}" if ended_by else ""
    changed = told.get("changed", [])
    return showing.shown(found, by=request.user, account=account, page=page, changed=changed, replaces=replaces)


def _card(request: HttpRequest, row: Operation, account: Read) -> Card:
    seen, mark = _shown(request, row, page="account", account=account), f"-{row.reference}"
    return Card(row, seen.opened, mark, forms(row, seen, by=request.user, mark=mark))
