"""What no raw SQL may do to the record of a restore: send again without two people, or forget that it happened."""

from backoffice.audit.guards import Guard, kept, not_replaced, register
from backoffice.operations.guards import not_theirs
from backoffice.operations.models.lanes import MAY_STOP

RESTORE = "operations_restore"
FROZEN = "id environment at since reason".split()
PROPOSAL = "reopening_at reopening_by_id reopening_person reopening_reason".split()


def guards(vendor: str) -> list[Guard]:
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    born = "NEW.reopening_person IS NOT NULL OR NEW.reopened_person IS NOT NULL OR NEW.reopened_at IS NOT NULL"
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in FROZEN)
    other = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in PROPOSAL)
    forged = (
        f"NEW.reopening_person IS NOT NULL AND NEW.reopening_person {differs} OLD.reopening_person "
        f"AND {not_theirs('reopening_by_id', 'reopening_person', MAY_STOP)}"
    )
    alone = (
        f"OLD.reopening_person IS NULL OR {other} OR NEW.reopened_person IS NULL "
        "OR NEW.reopened_person = OLD.reopening_person OR NEW.reopened_by_id = OLD.reopening_by_id "
        f"OR {not_theirs('reopened_by_id', 'reopened_person', MAY_STOP)}"
    )
    return [
        Guard("restore_open", RESTORE, "INSERT", born, "a restore begins with nothing sent"),
        Guard(
            "restore_frozen", RESTORE, "UPDATE", f"OLD.reopened_at IS NOT NULL OR {changed}", "what happened is frozen"
        ),
        Guard("restore_proposer", RESTORE, "UPDATE", forged, "the proposal is another person's"),
        Guard(
            "restore_reopened",
            RESTORE,
            "UPDATE",
            f"NEW.reopened_at IS NOT NULL AND ({alone})",
            "a restored database is reopened by two people",
        ),
        *kept(RESTORE),
        not_replaced(RESTORE, "id"),
    ]


register(guards)
