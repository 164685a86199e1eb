"""All that one running sandbox holds, and how it is put back to its beginning."""

import sqlite3
from collections import deque
from dataclasses import dataclass, field

from sandbox import seed
from sandbox.calls import Call, new_log
from sandbox.due import Bookings
from sandbox.rules import Rules
from sandbox.switches import Switches


@dataclass(slots=True)
class Sandbox:
    db: sqlite3.Connection
    environment: str
    bookings: Bookings
    rules: Rules = field(default_factory=Rules)
    switches: Switches = field(default_factory=Switches)
    calls: deque[Call] = field(default_factory=new_log)
    untouched_at: int = -1

    def reset(self) -> None:
        # SQLite counts the rows that this connection wrote: none since the last planting, nothing to plant.
        if self.db.total_changes != self.untouched_at:
            seed.plant(self.db)
            self.untouched_at = self.db.total_changes
        self.rules.clear()
        self.switches.reset()
        self.calls.clear()


def begun(db: sqlite3.Connection, *, environment: str) -> Sandbox:
    """The sandbox on a database that is seeded when it is new, and else taken as it was left."""
    if seed.is_bare(db):
        seed.plant(db)
    return Sandbox(db, environment, Bookings(db))
