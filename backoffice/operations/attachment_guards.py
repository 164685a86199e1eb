"""What no raw SQL may do to evidence: name a file that is not kept, attach what was not approved, or leave out what was."""

from backoffice.audit.client_guards import ERASURE, KEY
from backoffice.audit.guards import Guard, append_only, register
from backoffice.files.guards import FILE
from backoffice.operations.guards import OPERATION

ATTACHMENT = "operations_attachment"
# The canonical form has no blanks, and a text in it has its quotes escaped.
NAMES_SOME = "NEW.payload LIKE '%\"evidence\":[{%'"


def guards(vendor: str) -> list[Guard]:
    of, told = (_on_postgresql if vendor == "postgresql" else _on_sqlite)()
    kept = (
        f"EXISTS (SELECT 1 FROM {FILE} f WHERE f.sha256 = {told['sha256']} AND f.type = {told['type']} "
        f"AND f.size = {told['size']} AND LENGTH(f.content) > 0)"
    )
    client = "x.environment = o.environment AND x.login = o.login"
    kept_for = f"EXISTS (SELECT 1 FROM {KEY} x WHERE {client}) OR NOT EXISTS (SELECT 1 FROM {ERASURE} x WHERE {client})"
    theirs = f"SELECT 1 FROM {ATTACHMENT} a JOIN {OPERATION} o ON o.id = a.operation_id WHERE a.file_id = OLD.sha256"
    needed = f"NOT EXISTS ({theirs}) OR EXISTS ({theirs} AND ({kept_for}))"
    attached = f"EXISTS (SELECT 1 FROM {ATTACHMENT} a WHERE a.operation_id = NEW.id AND a.file_id = {told['sha256']})"
    asked = (
        f"EXISTS (SELECT 1 FROM {OPERATION} o, {of.format('o')} WHERE o.id = NEW.operation_id "
        f"AND {told['sha256']} = NEW.file_id AND {told['name']} = NEW.name)"
    )
    each = f"EXISTS (SELECT 1 FROM {of.format('NEW')} WHERE NOT"
    released = f"OLD.state = 'awaiting_approval' AND NEW.state = 'queued' AND {NAMES_SOME}"
    return [
        Guard("operation_evidence", OPERATION, "INSERT", f"{each} {kept})", "its evidence is not kept", NAMES_SOME),
        Guard("operation_attached", OPERATION, "UPDATE", f"{each} {attached})", "its evidence is not there", released),
        Guard("attachment_named", ATTACHMENT, "INSERT", f"NOT {asked}", "the payload names no such file"),
        Guard(
            "file_needed", FILE, "UPDATE", needed, "a client who is not erased has this file", "LENGTH(NEW.content) = 0"
        ),
        *append_only(ATTACHMENT, "id", "operation_id file_id"),
    ]


def _on_postgresql() -> tuple[str, dict[str, str]]:
    """The files that a row's payload names, as something to select from, and each of their fields."""
    told = {name: f"(e ->> '{name}')" for name in ("sha256", "name", "type")}
    return "jsonb_array_elements({}.payload::jsonb -> 'evidence') AS e", told | {"size": "(e ->> 'size')::bigint"}


def _on_sqlite() -> tuple[str, dict[str, str]]:
    return "json_each({}.payload, '$.evidence') AS e", {
        name: f"json_extract(e.value, '$.{name}')" for name in ("sha256", "name", "type", "size")
    }


register(guards)
