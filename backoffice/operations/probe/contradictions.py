"""Django's system check: whether what the last probe found contradicts the settings. It reads the database alone."""

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.db import DEFAULT_DB_ALIAS, connection

from backoffice.operations import queries
from backoffice.operations.models import Finding
from backoffice.operations.probe.report import judgements

TAG = "manager"


@checks.register(TAG)
def contradictions(databases: Sequence[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    """Warnings, never errors: an error would also keep `migrate` from running, and so what mends it from being deployed."""
    if DEFAULT_DB_ALIAS not in (databases or ()) or not _is_there():
        return []
    found = judgements(queries.findings())
    return [
        checks.Warning(
            each.words, hint=f"Set {each.setting}." if each.setting else None, obj=each.name, id=f"{TAG}.{each.level}"
        )
        for each in found
    ]


def _is_there() -> bool:
    """`migrate` asks before the tables are made."""
    return Finding._meta.db_table in connection.introspection.table_names()
