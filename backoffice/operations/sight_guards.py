"""What no raw SQL may do to what was seen and said: a vote without its sight, a sight made up later, words in another's name."""

from backoffice.access import MAKERS
from backoffice.audit.guards import Guard, append_only, register
from backoffice.audit.personal import longest
from backoffice.operations.guards import DECISION, OPERATION, not_theirs
from backoffice.operations.models import LONGEST_COMMENT
from backoffice.operations.terms import MAY_CHECK
from backoffice.safety.sealing import MARK

SIGHT, COMMENT = "operations_sight", "operations_comment"
MOST_COMMENTS = 100


def guards(vendor: str) -> list[Guard]:
    return [*_sights(vendor), *_comments()]


def _sights(vendor: str) -> list[Guard]:
    hashed = (
        "encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex')" if vendor == "postgresql" else "lower(SHA256(NEW.text))"
    )
    waits = (
        f"EXISTS (SELECT 1 FROM {DECISION} d JOIN {OPERATION} o ON o.id = d.operation_id "
        "WHERE d.id = NEW.decision_id AND o.state = 'awaiting_approval')"
    )
    unseen = (
        f"EXISTS (SELECT 1 FROM {DECISION} d WHERE d.operation_id = NEW.id "
        f"AND NOT EXISTS (SELECT 1 FROM {SIGHT} s WHERE s.decision_id = d.id))"
    )
    decided = "OLD.state = 'awaiting_approval' AND NEW.state IN ('queued', 'rejected', 'returned')"
    return [
        Guard("sight_hash", SIGHT, "INSERT", f"NEW.digest <> {hashed}", "the hash is not that of what was seen"),
        Guard("sight_pending", SIGHT, "INSERT", f"NOT {waits}", "what was seen is written down with the vote"),
        *append_only(SIGHT, "decision_id"),
        Guard("operation_unseen", OPERATION, "UPDATE", unseen, "a vote says what was seen", decided),
    ]


def _comments() -> list[Guard]:
    # The column that is empty is that of no comment, and counts none.
    on_it, on_all = (
        f"(SELECT COUNT(*) FROM {COMMENT} WHERE {on} = NEW.{on}) >= {MOST_COMMENTS}"
        for on in ("operation_id", "bundle_id")
    )
    most = f"CASE WHEN NEW.text LIKE '{MARK}%' THEN {longest(LONGEST_COMMENT)} ELSE {LONGEST_COMMENT} END"
    too_long = f"LENGTH(NEW.text) > {most}"
    theirs = not_theirs("by_id", "person", (*sorted(MAKERS), *MAY_CHECK))
    return [
        Guard("comment_person", COMMENT, "INSERT", theirs, "the comment is another person's"),
        Guard("comment_length", COMMENT, "INSERT", too_long, "the comment is too long"),
        Guard("comment_most", COMMENT, "INSERT", on_it, "there are too many comments"),
        Guard("comment_most_of_bundle", COMMENT, "INSERT", on_all, "there are too many comments"),
        *append_only(COMMENT, "id"),
    ]


register(guards)
