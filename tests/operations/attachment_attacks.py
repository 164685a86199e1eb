"""Raw SQL against files and evidence: other bytes, bytes in another's name, evidence that nobody can look at or nobody named."""

import hashlib
import json
from typing import Any

from django.db import connection

from backoffice.files.guards import MOST_UPLOADS
from backoffice.files.models import File, Upload
from backoffice.operations.canonical import canonical, hash_of
from backoffice.operations.models import Attachment, Operation
from tests.files import pdf, uploaded
from tests.operations.attacks import APPROVED, Attack, Scene, _new, change, copy, delete, literal, seen, vote
from tests.operations.policy_attacks import insert, need

FILE, UPLOAD, ATTACHMENT = "files_file", "files_upload", "operations_attachment"
OTHER = b"%PDF-1.4 of another hand"


def raw(content: bytes) -> str:
    return f"'\\x{content.hex()}'::bytea" if connection.vendor == "postgresql" else f"x'{content.hex()}'"


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def file(content: bytes = OTHER, **other: Any) -> str:
    fields = {
        "sha256": quoted(hashlib.sha256(content).hexdigest()),
        "content": raw(content),
        "size": len(content),
        "type": "'application/pdf'",
        "at": "CURRENT_TIMESTAMP",
    }
    return insert(FILE, **(fields | other))


def upload(s: Scene, **other: Any) -> str:
    by = s["mia"]
    fields = {
        "sha256": quoted("0" * 64),
        "content": raw(b"x"),
        "size": 1,
        "type": "'application/pdf'",
        "by_id": by.pk,
        "person": literal(by.person_id),
        "at": "CURRENT_TIMESTAMP",
    }
    return insert(UPLOAD, **(fields | other))


def kept(s: Scene) -> File:
    return File.objects.get(pk=s["evidenced"].instruction.evidence[0].sha256)


def put_by(s: Scene) -> Upload:
    uploaded(s["mia"], content=pdf("Not submitted"))
    return Upload.objects.latest("pk")


def naming(operation: Operation, **evidence: Any) -> list[str]:
    """The same operation again, with evidence that nobody wrote down; and its new id."""
    named = {"name": "swift.pdf", "sha256": "0" * 64, "size": 1, "type": "application/pdf"} | evidence
    payload = canonical(json.loads(operation.payload) | {"evidence": [named]})
    new = _new(operation)
    columns = {"payload": quoted(payload), "payload_hash": quoted(hash_of(payload))}
    return [copy(operation, **new, **columns), new["id"]]


def unkept(s: Scene) -> list[str]:
    return naming(s["awaiting"])[:1]


def unattached(s: Scene) -> list[str]:
    """It names a file that is kept, is approved as it should be, and is not found by it."""
    there = kept(s)
    made, pk = naming(s["awaiting"], sha256=there.pk, size=there.size, type=there.type)
    return [
        made,
        need(s["awaiting"], operation_id=pk, roles="',supervisor,'"),
        vote(s["awaiting"], s["carl"], operation_id=pk, payload_hash=f"(SELECT payload_hash FROM operations_operation WHERE id = {pk})"),
        seen(s["awaiting"]).replace(literal(s["awaiting"].pk), pk),
        f"UPDATE operations_operation SET state = 'queued', version = version + 1 {APPROVED} WHERE id = {pk}",
    ]  # fmt: skip


def attachment(operation: Operation, file: File, **other: Any) -> str:
    fields = {"operation_id": literal(operation.pk), "file_id": quoted(file.pk), "name": "'swift-88412.pdf'"}
    return insert(ATTACHMENT, **(fields | other))


def _attached(s: Scene) -> Attachment:
    return s["evidenced"].attachments.get()


def _deleted() -> list[str]:
    """A file that nothing names: one that something does is held by its key as well."""
    return [file(), f"DELETE FROM {FILE} WHERE sha256 = '{hashlib.sha256(OTHER).hexdigest()}'"]


def replaced(s: Scene) -> list[str]:
    return [file(), file(type="'image/png'").replace("INSERT", "INSERT OR REPLACE", 1)]


ATTACKS: dict[str, Attack] = {
    "file_hash": lambda s: [file(sha256=quoted("0" * 64))],
    "file_size": lambda s: [file(size=len(OTHER) + 1)],
    "file_stays": lambda s: [change(kept(s), f"content = {raw(OTHER)}, size = {len(OTHER)}")],
    "file_needed": lambda s: [change(kept(s), f"content = {raw(b'')}")],
    "files_file_no_delete": lambda s: _deleted(),
    "upload_person": lambda s: [upload(s, person=literal(s["chen"].person_id))],
    "upload_most": lambda s: [upload(s) for _ in range(MOST_UPLOADS + 1)],
    "upload_no_update": lambda s: [change(put_by(s), f"content = {raw(OTHER)}")],
    "upload_kept": lambda s: [delete(put_by(s))],
    "operation_evidence": unkept,
    "operation_attached": unattached,
    "attachment_named": lambda s: [attachment(s["awaiting"], kept(s))],
    "operations_attachment_no_update": lambda s: [change(_attached(s), "name = 'another.pdf'")],
    "operations_attachment_no_delete": lambda s: [delete(_attached(s))],
}


REPLACEMENTS: dict[str, Attack] = {
    "files_file_no_replace": replaced,
    "files_upload_no_replace": lambda s: [
        copy(put_by(s), verb="INSERT OR REPLACE", content=raw(OTHER), size=str(len(OTHER)))
    ],
    "operations_attachment_no_replace": lambda s: [
        copy(_attached(s), verb="INSERT OR REPLACE", name="'swift-88412.pdf'")
    ],
}
