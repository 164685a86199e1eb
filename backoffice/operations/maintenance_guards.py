"""What no path of code, and no raw SQL, may do to planned maintenance: change a plan, or end it alone once it runs."""

from backoffice.audit.guards import Guard, kept, not_replaced, register
from backoffice.operations.guards import not_theirs
from backoffice.operations.models.lanes import MAY_STOP

TABLE = "operations_maintenance"
FROZEN = "id lane starts_at ends_at reason planned_at planned_by_id planned_person".split()


def guards(vendor: str) -> list[Guard]:
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    # SQLite keeps times as text in UTC, which sorts as the times do.
    now = "clock_timestamp()" if vendor == "postgresql" else "strftime('%Y-%m-%d %H:%M:%f', 'now')"
    return [*_plans(), *_ends(differs, now), *kept(TABLE), not_replaced(TABLE, "id")]


def _plans() -> list[Guard]:
    begun = "NEW.withdrawn_at IS NOT NULL OR NEW.ending_at IS NOT NULL OR NEW.ended_at IS NOT NULL"
    beside = (
        f"EXISTS (SELECT 1 FROM {TABLE} m WHERE m.lane = NEW.lane AND m.withdrawn_at IS NULL "
        "AND m.starts_at < NEW.ends_at AND COALESCE(m.ended_at, m.ends_at) > NEW.starts_at)"
    )
    planner = not_theirs("planned_by_id", "planned_person", MAY_STOP)
    return [
        Guard("maintenance_begins", TABLE, "INSERT", begun, "maintenance begins as a plan"),
        Guard("maintenance_planner", TABLE, "INSERT", planner, "the plan is another person's"),
        Guard("maintenance_beside", TABLE, "INSERT", beside, "maintenance of a connection does not overlap"),
    ]


def _ends(differs: str, now: str) -> list[Guard]:
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in FROZEN)
    late = f"NEW.withdrawn_at IS NOT NULL AND OLD.starts_at <= {now}"
    withdrawer = f"NEW.withdrawn_at IS NOT NULL AND {not_theirs('withdrawn_by_id', 'withdrawn_person', MAY_STOP)}"
    alone = (
        "NEW.ended_at IS NOT NULL AND (OLD.ending_person IS NULL OR NEW.ended_person = OLD.ending_person "
        f"OR NEW.ended_by_id = OLD.ending_by_id OR {not_theirs('ended_by_id', 'ended_person', MAY_STOP)})"
    )
    proposed = f"NEW.ending_person IS NOT NULL AND NEW.ending_person {differs} OLD.ending_person"
    forged = f"{proposed} AND {not_theirs('ending_by_id', 'ending_person', MAY_STOP)}"
    over = "OLD.withdrawn_at IS NOT NULL OR OLD.ended_at IS NOT NULL"
    return [
        Guard("maintenance_frozen", TABLE, "UPDATE", changed, "what was planned is frozen"),
        Guard("maintenance_over", TABLE, "UPDATE", over, "what is over does not change"),
        Guard("maintenance_late", TABLE, "UPDATE", late, "what has begun is not withdrawn"),
        Guard("maintenance_withdrawer", TABLE, "UPDATE", withdrawer, "the withdrawal is another person's"),
        Guard("maintenance_ended", TABLE, "UPDATE", alone, "maintenance is ended early by two people"),
        Guard("maintenance_proposer", TABLE, "UPDATE", forged, "the proposal is another person's"),
    ]


register(guards)
