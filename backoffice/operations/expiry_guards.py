"""What no raw SQL may do to time: use what has lapsed, make a request wait longer, or change a year that was entered."""

from backoffice.audit.guards import Guard, append_only, register
from backoffice.operations.guards import OPERATION

YEAR = "calendar_year"


def guards(vendor: str) -> list[Guard]:
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    last = f"(SELECT COALESCE(MAX(version), 0) FROM {YEAR} WHERE year = NEW.year)"
    waits = "OLD.state = 'awaiting_approval' AND NEW.state = 'awaiting_approval'"
    used = (
        "(OLD.state = 'awaiting_approval' AND NEW.state = 'queued') OR (OLD.state = 'queued' AND NEW.state = 'running')"
    )
    at = "(CASE WHEN NEW.state = 'queued' THEN NEW.approved_at ELSE NEW.moved_at END)"
    return [
        Guard("operation_lapsed", OPERATION, "UPDATE", f"{at} >= OLD.lapses_at", "it has lapsed", used),
        Guard(
            "operation_lapses",
            OPERATION,
            "UPDATE",
            f"NEW.lapses_at {differs} OLD.lapses_at",
            "a request waits no longer than it was given",
            waits,
        ),
        Guard("calendar_version", YEAR, "INSERT", f"NEW.version <> {last} + 1", "a year's versions have no gap"),
        *append_only(YEAR, "id"),
    ]


register(guards)
