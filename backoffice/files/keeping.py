"""Bytes on their way: taken in when they are uploaded, kept for good when something names them, read again by their hash."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models.functions import Length

from backoffice.audit import clock
from backoffice.audit.unit import Unit, unit
from backoffice.audit.vocabulary import register
from backoffice.files import kinds, names
from backoffice.files.attached import Attached
from backoffice.files.guards import KEPT_HOURS, MOST_UPLOADS
from backoffice.files.models import File, Upload
from backoffice.files.tokens import GOOD_FOR
from backoffice.files.unfit import Unfit

UPLOADED = register("file.uploaded", "File uploaded")
FORGOTTEN = register("file.forgotten", "Unused uploads deleted")
AT_ONCE, FILE_LOCK = 200, 0x0C03


class Gone(Exception):
    """What is named was uploaded too long ago, or by somebody else; `name` is what it was called."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is no longer here. Choose it again.")
        self.name = name


class Erased(Exception):
    """The bytes were destroyed, with all that was written about the client."""

    def __init__(self) -> None:
        super().__init__("The file was erased, with what was written about this client.")


class Damaged(Exception):
    """The bytes under a hash are not those of the hash; `found` is theirs."""

    def __init__(self, found: str) -> None:
        super().__init__("The file that is kept is not the one that was uploaded.")
        self.found = found


def take(content: bytes, *, name: str, by: Any) -> Attached:
    """Looks at what somebody uploads and puts it by until they submit something with it; raises Unfit."""
    name = names.fit(name)
    kind = kinds.of(content, name=name)
    sha256 = hashlib.sha256(content).hexdigest()
    attached = Attached(name=name, sha256=sha256, size=len(content), type=kind.type)
    with unit(by=by) as work:
        if not _is_put_by(sha256, work, by):
            _put_by(attached, content, work, by)
        detail = {"name": name, "size": str(attached.size), "type": attached.type}
        work.note(UPLOADED, on=("file", sha256), detail=detail)
    return attached


def _is_put_by(sha256: str, work: Unit, by: Any) -> bool:
    """Whether the same bytes of theirs are there already, for longer than the form that names them is good."""
    since = work.now - timedelta(seconds=GOOD_FOR)
    return Upload.objects.filter(person=by.person_id, sha256=sha256, at__gt=since).exists()


def _put_by(attached: Attached, content: bytes, work: Unit, by: Any) -> None:
    if Upload.objects.filter(person=by.person_id).count() >= MOST_UPLOADS:
        raise Unfit(f"is one too many: you uploaded {MOST_UPLOADS} files in the last {KEPT_HOURS} hours.")
    plain = {"sha256": attached.sha256, "size": attached.size, "type": attached.type, "at": work.now}
    Upload.objects.create(content=content, by=by, person=by.person_id, **plain)


def alone(hashes: Iterable[str]) -> None:
    """Until this unit ends nobody else names or empties these files; on SQLite a unit is alone as it is."""
    if connection.vendor == "postgresql" and (keys := sorted({int(sha256[:7], 16) for sha256 in hashes})):
        with connection.cursor() as cursor:
            for key in keys:
                cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [FILE_LOCK, key])


def keep(named: Sequence[Attached], *, by: Any, work: Unit) -> None:
    """Copies what is named to where nothing is deleted from, in the unit that names it, alone; raises Gone.

    What was erased there is there again once somebody names it again.
    """
    for attached in named:
        there = File.objects.filter(pk=attached.sha256).annotate(length=Length("content"))
        if (length := there.values_list("length", flat=True).first()) is not None and length:
            continue
        upload = Upload.objects.filter(person=by.person_id, sha256=attached.sha256).order_by("-at").first()
        if upload is None:
            raise Gone(attached.name)
        if length is not None:
            there.update(content=bytes(upload.content))
            continue
        plain = {"sha256": attached.sha256, "size": attached.size, "type": attached.type, "at": work.now}
        File.objects.create(content=bytes(upload.content), **plain)


def read(sha256: str) -> bytes:
    """The bytes under a hash; raises Damaged where they are others, Erased where they were destroyed, and
    File.DoesNotExist where there never were any."""
    content = bytes(File.objects.get(pk=sha256).content)
    if not content:
        raise Erased
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise Damaged(found)
    return content


def forget() -> int:
    """Deletes uploads that are older than any form that may name them, some at once; how many they were."""
    before = clock.now() - timedelta(hours=KEPT_HOURS)
    with unit() as work:
        old = list(Upload.objects.filter(at__lt=before).order_by("at").values_list("pk", flat=True)[:AT_ONCE])
        count, _ = Upload.objects.filter(pk__in=old).delete() if old else (0, {})
        if count:
            work.note(FORGOTTEN, detail={"count": str(count)})
    return count
