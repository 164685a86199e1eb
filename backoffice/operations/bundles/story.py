"""The story of a bundle, from its submit until its last member followed; and what of it belongs to an operation in it."""

from django.urls import reverse

from backoffice.operations.bundles import queries
from backoffice.operations.models import Bundle, Member, Operation
from backoffice.operations.reasons import Reason
from backoffice.ui.parts import Event, Tone

VOTES: dict[str, tuple[str, str, Tone]] = {
    "approval": ("check", "approved", "ok"),
    "rejection": ("x", "rejected", "bad"),
    "return": ("undo-2", "returned", "warn"),
}
BY_NOBODY = {
    Bundle.State.CANCELLED: ("ban", "Its maker took it back"),
    Bundle.State.EXPIRED: ("hourglass", "Nobody decided on it in time"),
    Bundle.State.EMPTY: ("layers", "Nobody was left in it"),
}


def story(bundle: Bundle) -> list[Event]:
    """Oldest first."""
    told = [
        Event(
            icon="layers",
            who=bundle.made_by.name,
            what=f"made one request of {bundle.count}",
            at=bundle.made_at,
            detail=Reason(bundle.reason_code, bundle.reason).words,
        ),
        *_votes(bundle, "it"),
    ]
    if bundle.state in BY_NOBODY and bundle.decided_at:
        icon, what = BY_NOBODY[Bundle.State(bundle.state)]
        told.append(Event(icon=icon, what=what, at=bundle.decided_at))
    if bundle.settled_at:
        done = "Every member followed it" if bundle.state == Bundle.State.APPROVED else "Its members ended with it"
        told.append(Event(icon="check-check", what=done, at=bundle.settled_at, tone="ok"))
    return sorted(told, key=lambda event: event.at)


def of_member(operation: Operation) -> list[Event]:
    """What was done to it with its bundle."""
    member = queries.of_operation(operation)
    if member is None:
        return []
    bundle = member.bundle
    what = f"put it into the bundle {bundle.reference}, as member {member.position} of {bundle.count}"
    url = reverse("bundle", args=[bundle.pk])
    put = Event(
        icon="layers",
        who=bundle.made_by.name,
        what=what,
        at=bundle.made_at,
        url=url,
        link="Bundle",
        detail=bundle.title,
    )
    return [put, *_votes(bundle, "its bundle"), *_left(member)]


def _votes(bundle: Bundle, what: str) -> list[Event]:
    told = []
    for vote in bundle.decisions.select_related("by"):
        icon, did, tone = VOTES[vote.verb]
        url = reverse("bundle_decision", args=[bundle.pk, vote.pk])
        told.append(
            Event(
                icon=icon,
                who=vote.by.name,
                what=f"{did} {what}",
                aside=vote.get_grade_display().lower() if vote.grade else "",
                at=vote.at,
                detail=vote.words,
                tone=tone,
                url=url,
                link=f"As {vote.by.name} saw it",
            )
        )
    return told


def _left(member: Member) -> list[Event]:
    if member.left_at is None:
        return []
    return [Event(icon="split", what="Left out of its bundle", at=member.left_at, detail=member.left_why, tone="warn")]
