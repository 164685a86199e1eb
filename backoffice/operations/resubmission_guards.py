"""What no raw SQL may do to the line from a request to the one that takes its place: two of them stand, or another's does."""

from backoffice.audit.guards import Guard, register
from backoffice.operations.guards import OPERATION, SQLITE
from backoffice.operations.states import FINALLY_NEGATIVE


def guards(vendor: str) -> list[Guard]:
    negative = ", ".join(f"'{state}'" for state in sorted(FINALLY_NEGATIVE))
    named = "NEW.resubmission_of_id IS NOT NULL"
    same = "environment lane login maker_person".split()
    old = (
        f"NOT EXISTS (SELECT 1 FROM {OPERATION} o WHERE o.id = NEW.resubmission_of_id AND o.state IN ({negative}) "
        f"AND {' AND '.join(f'o.{column} = NEW.{column}' for column in same)})"
    )
    stands = (
        f"EXISTS (SELECT 1 FROM {OPERATION} WHERE resubmission_of_id = NEW.resubmission_of_id "
        f"AND state NOT IN ({negative}))"
    )
    return [
        Guard(
            "operation_resubmission", OPERATION, "INSERT", old, "its maker asks again for what came to nothing", named
        ),
        Guard("operation_resubmitted", OPERATION, "INSERT", stands, "it was submitted again already", named, SQLITE),
    ]


register(guards)
