"""What no raw SQL may do to files: other bytes under a hash, bytes that vanish, an upload in another's name."""

from backoffice.audit.guards import Guard, kept, not_replaced, register
from backoffice.files.hashing import FUNCTION

FILE, UPLOAD = "files_file", "files_upload"
KEPT_HOURS, MOST_UPLOADS = 24, 500


def guards(vendor: str) -> list[Guard]:
    hashed = "encode(sha256(NEW.content), 'hex')" if vendor == "postgresql" else f"{FUNCTION}(NEW.content)"
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in ("sha256", "size", "type", "at"))
    emptied = "(LENGTH(OLD.content) > 0 AND LENGTH(NEW.content) = 0)"
    filled = f"(LENGTH(OLD.content) = 0 AND LENGTH(NEW.content) = NEW.size AND NEW.sha256 = {hashed})"
    theirs = (
        "NOT EXISTS (SELECT 1 FROM operators_operator o "
        "WHERE o.id = NEW.by_id AND o.person_id = NEW.person AND o.is_active)"
    )
    most = f"(SELECT COUNT(*) FROM {UPLOAD} WHERE person = NEW.person) >= {MOST_UPLOADS}"
    return [
        Guard("file_hash", FILE, "INSERT", f"NEW.sha256 <> {hashed}", "the hash is not the file's"),
        Guard("file_size", FILE, "INSERT", "NEW.size <> LENGTH(NEW.content)", "the size is not the file's"),
        # Only emptied, which the guards of erasures hold, and filled again with the same bytes.
        Guard("file_stays", FILE, "UPDATE", f"{changed} OR NOT ({emptied} OR {filled})", "a file is not changed"),
        *kept(FILE),
        not_replaced(FILE, "sha256"),
        Guard("upload_person", UPLOAD, "INSERT", theirs, "the upload is another person's"),
        Guard("upload_most", UPLOAD, "INSERT", most, "this person uploads too much"),
        Guard("upload_no_update", UPLOAD, "UPDATE", "1 = 1", "an upload is not changed"),
        Guard("upload_kept", UPLOAD, "DELETE", _is_young(vendor), "what was just uploaded is not deleted"),
        not_replaced(UPLOAD, "id"),
    ]


def _is_young(vendor: str) -> str:
    if vendor == "postgresql":
        return f"OLD.at > clock_timestamp() - INTERVAL '{KEPT_HOURS} hours'"
    # Times are text in UTC, which sorts as the times do.
    return f"OLD.at > strftime('%Y-%m-%d %H:%M:%f', 'now', '-{KEPT_HOURS} hours')"


register(guards)
