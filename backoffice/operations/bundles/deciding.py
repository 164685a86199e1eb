"""What people decide of a bundle: to approve it, to turn it down, to take it back. Each act is one unit; each refusal an entry."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn
from uuid import UUID

from backoffice.audit.unit import Unit, unit
from backoffice.operations import judging, lanes, quorum, signing
from backoffice.operations.batch import of_bundle
from backoffice.operations.bundles import moving, queries, say
from backoffice.operations.bundles.shown import shown
from backoffice.operations.desk import Refusal, Stale
from backoffice.operations.models import Bundle, BundleDecision, Decision, Operation
from backoffice.operations.policy import Verdict
from backoffice.operations.positions import next_positions
from backoffice.operations.reasons import Reason
from backoffice.operations.terms import listed, written
from backoffice.operators import step_up
from backoffice.operators.signing import NOTHING, Given

Verb = Decision.Verb
CHANGED = "What you saw is not what stands here. Look at it again, then decide."
Judged = list[tuple[Operation, Verdict]]


def approve(pk: UUID, *, by: Any, seen: str, reason: Reason, factor: Given = NOTHING) -> Bundle:
    """One vote for. With the quorum every member is judged once more; unless that asks for more, its members follow.

    `seen` is the hash of what the page showed, `factor` the second factor that was given for it, and what was signed. No transaction may be open: many are judged before anything is locked.
    """
    judged = _judged_again(pk, by)
    with acting(pk, by) as (bundle, work):
        if why := say.why_not_approve(bundle, by=by, now=work.now):
            raise Refusal(why)
        if factor.signed is None and signing.bundle_asks(bundle):
            raise Refusal(signing.UNSIGNED)
        told = _vote(bundle, Verb.APPROVAL, by=by, seen=seen, reason=reason, work=work, factor=factor)
        moving.note(work, moving.VOTED, bundle, by=by, reason=reason.words, seen=seen, **told)
        if _is_reached(bundle):
            _hold_to_the_stricter(judged, work)
        if _is_reached(bundle):
            first = next_positions(bundle.count)
            moving.end(bundle, Bundle.State.APPROVED, work, by=by, reason=reason.words, first=first)
            _wake(bundle)
    return bundle


def reject(pk: UUID, *, by: Any, seen: str, reason: Reason) -> Bundle:
    """One vote against ends it, for all its members."""
    return _turn_down(pk, Verb.REJECTION, Bundle.State.REJECTED, by=by, seen=seen, reason=reason)


def send_back(pk: UUID, *, by: Any, seen: str, reason: Reason) -> Bundle:
    """Returns all of it to its maker, who may submit each again."""
    return _turn_down(pk, Verb.RETURN, Bundle.State.RETURNED, by=by, seen=seen, reason=reason)


def cancel(pk: UUID, *, by: Any, reason: str) -> Bundle:
    """Its maker takes all of it back while it waits."""
    with acting(pk, by) as (bundle, work):
        if why := say.why_not_cancel(bundle, by=by):
            raise Refusal(why)
        moving.end(bundle, Bundle.State.CANCELLED, work, by=by, reason=reason)
        _wake(bundle)
    return bundle


def refuse_stale(pk: UUID, *, by: Any) -> NoReturn:
    """Of a vote that was given on a page that is not what stands here; it raises Stale."""
    with acting(pk, by):
        raise Stale(CHANGED)


def _turn_down(pk: UUID, verb: Verb, to: Bundle.State, *, by: Any, seen: str, reason: Reason) -> Bundle:
    with acting(pk, by) as (bundle, work):
        if why := say.why_not_decide(bundle, by=by, now=work.now) or say.why_not_end(bundle):
            raise Refusal(why)
        _vote(bundle, verb, by=by, seen=seen, reason=reason, work=work)
        moving.end(bundle, to, work, by=by, reason=reason.words)
        _wake(bundle)
    return bundle


def _vote(
    bundle: Bundle, verb: Verb, *, by: Any, seen: str, reason: Reason, work: Unit, factor: Given = NOTHING
) -> dict[str, str]:
    """Writes it down with what was seen and signed; returns what the trail says of that."""
    now = shown(bundle)
    if seen != now.seen:
        raise Stale(CHANGED)
    vote = BundleDecision.objects.create(
        bundle=bundle,
        by=by,
        person=by.person_id,
        verb=verb,
        roles=written(quorum.roles_of(by)),
        hash=bundle.hash,
        seen=now.seen,
        text=now.text,
        code=reason.code,
        reason=reason.text,
        grade=signing.grade_of(factor),
        at=work.now,
    )
    try:
        return signing.keep(vote, factor, leaf=signing.leaf_of_bundle(bundle, now.seen, by=by))
    except signing.NotSigned as why_not:
        raise Refusal(str(why_not)) from None


def _is_reached(bundle: Bundle) -> bool:
    return not queries.lacks(bundle, queries.votes(bundle))


def _judged_again(pk: UUID, by: Any) -> Judged:
    """Everybody in it by today's rules and sums, where this vote would be the last; it takes a while for hundreds."""
    bundle = queries.ours().filter(pk=pk, state=Bundle.State.PENDING).first()
    if bundle is None or queries.lacks(bundle, [*queries.votes(bundle), _own(by)]):
        return []
    batch = of_bundle(pk)
    rows = [member.operation for member in queries.members(bundle) if queries.is_inside(member)]
    return [(row, judging.again(row, batch=batch)) for row in rows]


def _own(by: Any) -> quorum.Vote:
    return quorum.Vote(by.name, by.person_id, quorum.roles_of(by), is_signed=True)


def _hold_to_the_stricter(judged: Judged, work: Unit) -> None:
    """Pins what asks for more by now. What is blocked by now is left out when the others are released."""
    for operation, now in judged:
        if not now.blocks and now.is_stricter_than(operation.judged):
            judging.pin_and_tell(operation, now, work)


def _wake(bundle: Bundle) -> None:
    for lane in listed(bundle.lanes):
        lanes.wake(lane)


@contextmanager
def acting(pk: UUID, by: Any) -> Iterator[tuple[Bundle, Unit]]:
    """A unit with the bundle locked; a refusal in it rolls everything back and is then noted."""
    bundle = None
    try:
        with unit() as work:
            bundle = Bundle.objects.select_for_update(of=("self",)).select_related("made_by").get(pk=pk)
            yield bundle, work
            step_up.spend(work)
    except Refusal as refusal:
        if bundle:
            with unit() as work:
                moving.note(work, moving.REFUSED, bundle, by=by, reason=str(refusal), state=bundle.state)
        raise
    bundle.refresh_from_db()
