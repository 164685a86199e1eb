"""What no raw SQL may say of an approval: that it was given at another time, or that it is good for ever."""

from backoffice.audit.guards import Guard, register
from backoffice.operations.bundles.for_guards import approved_with
from backoffice.operations.guards import OPERATION

# Longer than a unit ever takes, and far longer than any holidays; both only bound what a thief could write.
MINUTES, DAYS = 5, 31


def guards(vendor: str) -> list[Guard]:
    approved = "NEW.state = 'queued' AND OLD.state IN ('awaiting_approval', 'exception')"
    if vendor == "postgresql":
        before, after = (f"clock_timestamp() {sign} INTERVAL '{MINUTES} minutes'" for sign in "-+")
        longest = f"NEW.approved_at + INTERVAL '{DAYS} days'"
    else:
        # Times are text in UTC, which sorts as the times do.
        before, after = (f"strftime('%Y-%m-%d %H:%M:%f', 'now', '{sign}{MINUTES} minutes')" for sign in "-+")
        longest = f"strftime('%Y-%m-%d %H:%M:%f', NEW.approved_at, '+{DAYS} days')"
    another_time = f"(NEW.approved_at < {before} OR NEW.approved_at > {after}) AND NOT {approved_with()}"
    words = "an approval does not last for ever"
    return [
        Guard("operation_approved_now", OPERATION, "UPDATE", another_time, "an approval is of now", approved),
        Guard("operation_lapses_soon", OPERATION, "UPDATE", f"NEW.lapses_at > {longest}", words, approved),
    ]


register(guards)
