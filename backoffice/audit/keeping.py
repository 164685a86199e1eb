"""Housekeeping's own duty: to write down outside the database what the chain's head is, whatever becomes of the transport."""

from datetime import datetime, timedelta

from django.conf import settings

from backoffice.audit import checkpoints, clock, witnesses
from backoffice.audit.checkpoints import Checkpoint
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import CHECKPOINTED


def keep() -> Checkpoint | None:
    """Writes a checkpoint where one is due, and returns it.

    A restore is checkpointed at once, so that the fork stands outside too; one that nobody has put on record yet is not
    housekeeping's to hide.
    """
    if witnesses.unheld():
        return None
    last, head = checkpoints.last(), Entry.objects.order_by("-seq").first()
    if head is None or (last and last.witness == f"{head.seq}:{head.digest}"):
        return None
    is_fork = last is not None and not checkpoints.held([last.witness])
    if last and not is_fork and clock.now() < _due(last):
        return None
    written = _write(head, forked_from=last if is_fork else None)
    witnesses.clear_away()
    if _is_to_be_said():
        with unit() as work:
            work.note(CHECKPOINTED, on=("checkpoint", written.seq), detail={"key": written.key})
    return written


def _due(last: Checkpoint) -> datetime:
    return datetime.fromisoformat(last.at) + timedelta(seconds=settings.CHECKPOINT_EVERY)


def _write(head: Entry, *, forked_from: Checkpoint | None) -> Checkpoint:
    at = clock.now().isoformat()
    if forked_from is None:
        return checkpoints.write(seq=head.seq, digest=head.digest, at=at)
    common = checkpoints.common()
    kept = common.witness if common else "0:"
    return checkpoints.write(seq=head.seq, digest=head.digest, at=at, lost=forked_from.witness, kept=kept)


def _is_to_be_said() -> bool:
    """Whether the database does not say yet that there are checkpoints in this folder; one that does misses them."""
    begun = witnesses.begun_at()
    return begun is None or f"folder:{begun}" in witnesses.explained()
