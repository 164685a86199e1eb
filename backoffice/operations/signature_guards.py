"""What no raw SQL may make of a signature: one that comes later, another key's, a vote that says it has one and has none.

That it is right no trigger can tell: code does when it is given, a worker before it sends, and whoever verifies the trail.
"""

from backoffice.audit.guards import Guard, append_only, register
from backoffice.operations.bundles.for_guards import BUNDLE, MEMBER, SIGNATURE
from backoffice.operations.bundles.for_guards import DECISION as BALLOT
from backoffice.operations.guards import DECISION, OPERATION
from backoffice.operators.enrolments import ADDED

MINUTES = 5


def guards(vendor: str) -> list[Guard]:
    return [*_given(vendor), *_told(), *append_only(SIGNATURE, "id", "nonce", "decision_id", "ballot_id")]


def _given(vendor: str) -> list[Guard]:
    """It comes with its vote, of the voter's own key, while what it is on waits."""
    own = f"SELECT 1 FROM {DECISION} d JOIN {OPERATION} o ON o.id = d.operation_id WHERE d.id = NEW.decision_id"
    bundled = f"SELECT 1 FROM {BALLOT} d JOIN {BUNDLE} o ON o.id = d.bundle_id WHERE d.id = NEW.ballot_id"
    pending = f"EXISTS ({own} AND o.state = 'awaiting_approval') OR EXISTS ({bundled} AND o.state = 'pending')"
    graded = " OR ".join(f"EXISTS ({vote} AND d.grade = 'signed' AND d.verb = 'approval')" for vote in (own, bundled))
    now = " OR ".join(f"EXISTS ({vote} AND d.at > {_ago(vendor)})" for vote in (own, bundled))
    has = "strpos" if vendor == "postgresql" else "instr"
    theirs = (
        "EXISTS (SELECT 1 FROM audit_entry e JOIN operators_operator p ON p.operator_id = e.operator_id "
        f"WHERE e.seq = NEW.enrolment_id AND e.action = '{ADDED}' AND {has}(e.detail, NEW.fingerprint) > 0 "
        f"AND p.id = COALESCE((SELECT by_id FROM {DECISION} WHERE id = NEW.decision_id), "
        f"(SELECT by_id FROM {BALLOT} WHERE id = NEW.ballot_id)))"
    )
    return [
        Guard("signature_pending", SIGNATURE, "INSERT", f"NOT ({pending})", "what it is on is not pending"),
        Guard("signature_now", SIGNATURE, "INSERT", f"NOT ({now})", "a vote is signed as it is given"),
        Guard("signature_graded", SIGNATURE, "INSERT", f"NOT ({graded})", "the vote does not say that it is signed"),
        Guard("signature_theirs", SIGNATURE, "INSERT", f"NOT {theirs}", "the trail knows no such key of theirs"),
    ]


def _told() -> list[Guard]:
    """What is released says whether it is signed, and every vote that says so is."""
    lacks = "SELECT 1 FROM {vote} d WHERE d.{on} = NEW.id AND d.grade = 'signed' AND NOT EXISTS (SELECT 1 FROM {signature} y WHERE y.{by} = d.id)"
    own = lacks.format(vote=DECISION, on="operation_id", signature=SIGNATURE, by="decision_id")
    bundled = lacks.format(vote=BALLOT, on="bundle_id", signature=SIGNATURE, by="ballot_id")
    is_signed = (
        f"EXISTS (SELECT 1 FROM {SIGNATURE} y JOIN {DECISION} d ON d.id = y.decision_id WHERE d.operation_id = NEW.id) "
        f"OR EXISTS (SELECT 1 FROM {MEMBER} m JOIN {BALLOT} d ON d.bundle_id = m.bundle_id "
        f"JOIN {SIGNATURE} y ON y.ballot_id = d.id WHERE m.operation_id = NEW.id AND m.left_at IS NULL)"
    )
    released, approved = (
        "OLD.state = 'awaiting_approval' AND NEW.state = 'queued'",
        "NEW.state = 'approved' AND OLD.state <> 'approved'",
    )
    return [
        Guard("operation_unsigned", OPERATION, "UPDATE", f"EXISTS ({own})", "a vote lacks its signature", released),
        Guard("bundle_unsigned", BUNDLE, "UPDATE", f"EXISTS ({bundled})", "a vote lacks its signature", approved),
        Guard("operation_says_signed", OPERATION, "UPDATE", f"NEW.is_signed <> ({is_signed})", "it says whether it is signed", released),
        Guard("operation_signed_stays", OPERATION, "UPDATE", f"NOT ({released})", "what was signed stays signed", "NEW.is_signed <> OLD.is_signed"),
    ]  # fmt: skip


def _ago(vendor: str) -> str:
    """On SQLite times are text in UTC, which sorts as the times do."""
    if vendor == "postgresql":
        return f"clock_timestamp() - INTERVAL '{MINUTES} minutes'"
    return f"strftime('%Y-%m-%d %H:%M:%f', 'now', '-{MINUTES} minutes')"


register(guards)
