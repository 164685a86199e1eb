"""The chain held against the checkpoints: what a cut tail, or a chain written anew by who has its key, cannot get past."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from backoffice.audit import checkpoints, witnesses
from backoffice.audit.chain import GENESIS
from backoffice.audit.checkpoints import Checkpoint


@dataclass
class Outside:
    """How many checkpoints hold, the last of them, the restores that they name, and the first fault in words."""

    count: int = 0
    last: Checkpoint | None = None
    restores: list[Checkpoint] = field(default_factory=list)
    fault: str = ""


def compare(*, public: bytes | None) -> Outside:
    """Walks the checkpoints from the last one back; `public` is the key of whoever may sign them, None where nobody says."""
    found = Outside(last=checkpoints.last())
    if gone := witnesses.unheld():
        found.fault = f"{_named(gone[0])} stands outside the database, and the chain does not hold it"
    elif found.last and public and not found.last.is_signed_by(public):
        found.fault = f"the last checkpoint, of entry {found.last.seq}, is not signed by this key"
    else:
        found.fault = _fault(found)
    return found


def _fault(found: Outside) -> str:
    batch: list[str] = []
    for fault, witness in _walk(found):
        if fault:
            return fault
        batch = [*batch, witness] if witness else batch
        if len(batch) == checkpoints.AT_ONCE:
            if gone := _gone(batch):
                return gone
            batch = []
    return _gone(batch)


def _walk(found: Outside) -> Iterator[tuple[str, str]]:
    """For each checkpoint a fault in the file, or the witness that the chain must hold; what a restore lost it need not."""
    previous, ceiling = "", _ceiling(found.last)
    for checkpoint, digest in checkpoints.backwards():
        if previous and digest != previous:
            yield f"the checkpoint of entry {checkpoint.seq} was changed, or another one stood there", ""
            return
        yield "", checkpoint.witness if checkpoint.seq <= ceiling else ""
        if checkpoint.lost:
            found.restores.append(checkpoint)
            ceiling = min(ceiling, _seq(checkpoint.kept))
        found.count, previous = found.count + 1, checkpoint.previous
    if previous not in ("", GENESIS):
        yield "the first checkpoints are missing", ""


def _ceiling(last: Checkpoint | None) -> float:
    """Up to which entry the chain must hold the checkpoints; less than all of them while a restore is not checkpointed yet."""
    if last is None or checkpoints.held([last.witness]):
        return float("inf")
    return _seq(witnesses.explained()[last.witness])


def _gone(batch: list[str]) -> str:
    held = checkpoints.held(batch)
    gone = [witness for witness in batch if witness not in held]
    return f"{_named(gone[-1])} was checkpointed, and the chain does not hold it" if gone else ""


def _named(witness: str) -> str:
    seq, _, digest = witness.partition(":")
    return f"entry {seq} ({digest[:16]}…)" if seq.isdigit() else f"what was begun with entry {digest}"


def _seq(witness: str) -> int:
    return int(witness.partition(":")[0] or 0)
