"""Django's deployment check: `manage.py check --deploy --database default`, run as each process is."""

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.db import DEFAULT_DB_ALIAS

from backoffice.database import standing


@checks.register(checks.Tags.database, deploy=True)
def of_its_own_role(databases: Sequence[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    return [checks.Warning(words, hint=standing.HINT, id="database.role") for words in standing.warnings()]
