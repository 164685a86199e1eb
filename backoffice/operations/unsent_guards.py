"""What no raw SQL may make of a new operation: one that has a place, a lease or a past before anybody agreed to it."""

from backoffice.audit.guards import Guard, register
from backoffice.operations.guards import OPERATION

# A row that is born cleared would be sent after a restore without being looked up.
LATER = ("position approved_at token leased_until first_sent_at last_send_at key_since cleared_at due_at").split()


def guards(vendor: str) -> list[Guard]:
    born = " OR ".join(["NEW.maybe_sent", *(f"NEW.{column} IS NOT NULL" for column in LATER)])
    return [Guard("operation_unsent", OPERATION, "INSERT", born, "an operation begins with nothing sent")]


register(guards)
