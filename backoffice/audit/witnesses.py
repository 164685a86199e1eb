"""What stands outside the database and must be in it: the last checkpoint, and the last claim of each worker.

A checkpoint is up to a minute old; what was sent since then is witnessed by marks. A mark is an empty file whose name says
an entry and its digest. A worker leaves one between its claim and its first call, so that nothing is ever sent that only
the database knows of.
"""

import json
import os
import re
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from backoffice.audit import checkpoints
from backoffice.audit.models import Entry
from backoffice.audit.vocabulary import CHECKPOINTED, RESTORED

MARK, NAME = ".mark", re.compile(r"[0-9]{1,18}-[0-9a-f]{64}")
_mine: dict[str, Path] = {}


def insist() -> None:
    """Raises ImproperlyConfigured where nothing can be left in the folder of checkpoints."""
    folder = checkpoints.folder()
    if not (folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK)):
        raise ImproperlyConfigured(f"CHECKPOINT_DIR ({folder}) is no folder that this process may read and write.")


def mark(entry: Entry) -> None:
    """Leaves this process's mark at the entry, in the place of its last one. Raises OSError."""
    path = checkpoints.folder() / f"{entry.seq}-{entry.digest}{MARK}"
    try:
        _mine.get("mark", path).rename(path)
    except FileNotFoundError:
        # There is none yet, or housekeeping has taken it away because a checkpoint says as much.
        path.touch()
    _mine["mark"] = path
    checkpoints.sync_folder()


def unheld() -> list[str]:
    """What stands outside and is not in the database, where no restore that is known explains it: `seq:digest`, or `folder:seq`.

    Raises OSError and `checkpoints.Unreadable` where that cannot be told.
    """
    outside = _outside()
    held = checkpoints.held(outside) if outside else set()
    missing = [witness for witness in outside or _bare() if witness not in held]
    known = explained() if missing else {}
    return [witness for witness in missing if witness not in known]


def explained() -> dict[str, str]:
    """What the restores that are on record lost, each with the last checkpoint that was kept then."""
    told = [json.loads(text) for text in Entry.objects.filter(action=RESTORED).values_list("detail", flat=True)]
    return {witness: detail["kept"] for detail in told for witness in detail["lost"].split()}


def clear_away() -> None:
    """Takes away the marks that say no more than the last checkpoint does, and those that a known restore explains."""
    last, marks = checkpoints.last(), _marks()
    held, known = checkpoints.held(list(marks)), explained()
    for witness, path in marks.items():
        is_covered = last is not None and int(witness.partition(":")[0]) <= last.seq and witness in held
        if is_covered or witness in known:
            with suppress(FileNotFoundError):
                path.unlink()


def _outside() -> list[str]:
    last = checkpoints.last()
    return [*_marks(), *([last.witness] if last else [])]


def _marks() -> dict[str, Path]:
    """The marks' paths, by what they witness. Raises OSError where the folder is away: nothing would be worse than "none"."""
    paths = [path for path in checkpoints.folder().iterdir() if path.suffix == MARK]
    if strange := [path.name for path in paths if not NAME.fullmatch(path.stem)]:
        raise checkpoints.Unreadable(f"{strange[0]} is no mark of this house.")
    return {path.stem.replace("-", ":"): path for path in paths}


def _bare() -> list[str]:
    """A folder that holds nothing, of a database that says it has been checkpointed: what it held is lost."""
    begun = begun_at()
    return [f"folder:{begun}"] if begun else []


def begun_at() -> int | None:
    """The entry that says that checkpoints were begun in the folder of today, or None."""
    rows = Entry.objects.filter(action=CHECKPOINTED).order_by("-seq")
    return rows.values_list("seq", flat=True).first()
