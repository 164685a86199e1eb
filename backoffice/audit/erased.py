"""Which clients' keys were destroyed, outside the database too: a backup that is restored brings them back, and that is told.

One empty file for each, by the key's id alone, in the folder of checkpoints.
"""

from collections.abc import Iterable
from uuid import UUID

from backoffice.audit import checkpoints
from backoffice.audit.models import ClientKey, Entry, Erasure
from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import register

BACK = register("client.back", "Erased client is back with a backup", "bad")
ENDING = ".erased"


def keep() -> None:
    """Housekeeping's duty: writes down what was destroyed since it last did, and puts on record what is back. Raises OSError."""
    known = {path.stem for path in checkpoints.folder().glob(f"{'[0-9a-f]' * 32}{ENDING}")}
    new = {key.hex for key in Erasure.objects.values_list("key", flat=True)} - known
    for key in new:
        (checkpoints.folder() / f"{key}{ENDING}").touch()
    if new:
        checkpoints.sync_folder()
    if known:
        _tell(known)


def back() -> list[int]:
    """The logins of clients who were erased, as is on record, and can be read again."""
    return [login for _, login in _there(_told())]


def _tell(known: set[str]) -> None:
    if not (there := _there(known)):
        return
    before = _told()
    if new := [(key, login) for key, login in there if key not in before]:
        with unit() as work:
            for key, login in new:
                work.note(BACK, on=("client key", key), login=login)


def _told() -> set[str]:
    return set(Entry.objects.filter(action=BACK).values_list("object_id", flat=True))


def _there(keys: Iterable[str]) -> list[tuple[str, int]]:
    """Those of these keys that the database has."""
    rows = ClientKey.objects.filter(pk__in=[UUID(key) for key in keys]).order_by("login")
    return [(key.hex, login) for key, login in rows.values_list("pk", "login")]
