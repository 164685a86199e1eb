"""The names of what may stand in the trail; an unregistered action is refused."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Action:
    """A thing that happens: its name in the data, what people read, and how grave it looks in a list."""

    name: str
    label: str
    tone: str = ""


ACTIONS: dict[str, Action] = {}


def register(name: str, label: str, tone: str = "") -> str:
    """Adds an action to the vocabulary and returns its name."""
    if name in ACTIONS:
        raise ValueError(f"The action {name} is registered twice.")
    ACTIONS[name] = Action(name, label, tone)
    return name


EDITED = register("record.edited", "Record changed")
DENIED = register("access.denied", "Access refused", "warn")
READ_TRAIL = register("audit.read", "Audit trail viewed")
PINNED = register("database.pinned", "Database pinned to an environment", "warn")
CHECKPOINTED = register("database.checkpointed", "Checkpoints begun")
RESTORED = register("database.restored", "Database restored from a backup", "bad")
