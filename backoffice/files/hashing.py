"""The hash of bytes, for the guards: PostgreSQL computes it by itself, to SQLite it is given with each connection."""

import hashlib
from typing import Any

from django.db.backends.signals import connection_created
from django.dispatch import receiver

FUNCTION = "BYTES_SHA256"


@receiver(connection_created)
def teach(sender: Any, connection: Any, **_: Any) -> None:
    if connection.vendor == "sqlite":
        connection.connection.create_function(FUNCTION, 1, _of, deterministic=True)


def _of(content: object) -> str:
    """What is no bytes has no hash, and so is refused by whoever compares it."""
    return hashlib.sha256(content).hexdigest() if isinstance(content, bytes) else ""
