"""Evidence and operations: files are attached in the unit that submits, found again where else they were used, and read."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from backoffice.audit.unit import Unit, unit
from backoffice.audit.vocabulary import register
from backoffice.files import keeping
from backoffice.files.attached import Attached
from backoffice.operations.models import Attachment, Operation
from backoffice.operations.policy import Check

ATTACHED = register("evidence.attached", "Evidence attached")
DOWNLOADED = register("evidence.downloaded", "Evidence downloaded")
DAMAGED = register("evidence.damaged", "Evidence is not what was uploaded", "bad")
MOST_NAMED, MOST_ANCESTORS = 3, 50


def attach(operation: Operation, *, work: Unit, by: Any) -> None:
    """Writes down which files its payload names; they are kept by now."""
    for file in operation.instruction.evidence:
        Attachment.objects.create(operation=operation, file_id=file.sha256, name=file.name)
        _note(ATTACHED, operation, file, work=work, by=by)


def used_before(evidence: Sequence[Attached], *, apart_from: Operation | None) -> list[Check]:
    """A warning for each file that another operation names; not for what this one takes the place of."""
    line = _line(apart_from)
    return [
        check
        for file in evidence
        if (check := _used(file, Attachment.objects.exclude(operation__in=line), "was evidence for {} already"))
    ]


def used_since(operation: Operation) -> list[Check]:
    """The same of operations that came after it, which its maker could not see."""
    own = operation.attachments.first()
    later = Attachment.objects.filter(pk__gt=own.pk if own else 0).exclude(operation=operation)
    return [
        check for file in operation.instruction.evidence if (check := _used(file, later, "is evidence for {} since"))
    ]


def _used(file: Attached, among: Any, words: str) -> Check | None:
    rows = (
        among.filter(file=file.sha256, operation__environment=settings.MANAGER_ENVIRONMENT)
        .select_related("operation__made_by")
        .order_by("pk")[:MOST_NAMED]
    )
    others = [row.operation for row in rows]
    if not others:
        return None
    references = ", ".join(other.reference for other in others)
    who = "; ".join(f"{other.made_by.name}, {other.made_at:%d %b %H:%M} UTC" for other in others)
    return Check("warn", f"{file.name} {words.format(references)}", who)


def _line(operation: Operation | None) -> list[Any]:
    """It and all that it took the place of."""
    line: list[Any] = []
    while operation and len(line) < MOST_ANCESTORS:
        line.append(operation.pk)
        operation = operation.resubmission_of
    return line


def download(operation: Operation, file: Attached, *, by: Any) -> bytes:
    """The bytes as they were uploaded, and who read them on record; raises keeping.Damaged, which is on record too, and keeping.Erased."""
    try:
        content = keeping.read(file.sha256)
    except keeping.Damaged as damaged:
        with unit(by=by) as work:
            _note(DAMAGED, operation, file, work=work, by=by, found=damaged.found)
        raise
    with unit(by=by) as work:
        _note(DOWNLOADED, operation, file, work=work, by=by)
    return content


def _note(action: str, operation: Operation, file: Attached, *, work: Unit, by: Any, **more: str) -> None:
    detail = {"reference": operation.reference, "name": file.name, "sha256": file.sha256} | more
    on, request_id = ("file", file.sha256), str(operation.pk)
    work.note(action, by=by, on=on, login=operation.login, request_id=request_id, detail=detail)
