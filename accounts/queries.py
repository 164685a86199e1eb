"""What is known of trading accounts: live reads at the Manager, and those we worked on lately."""

from typing import Any

from backoffice.operations.queries import ours
from backoffice.operations.snapshot import live

__all__ = ["live", "recent"]
MOST_RECENT = 12


def recent(*, by: Any) -> list[dict[str, Any]]:
    """The logins of the last operations that this person may see, each once: login, name, group, at."""
    found: dict[int, dict[str, Any]] = {}
    for row in ours().visible_to(by).order_by("-pk")[:200]:
        kept = row.account_at_submit
        found.setdefault(
            row.login, {"login": row.login, "name": kept["name"], "group": kept["group"], "at": row.made_at}
        )
    return list(found.values())[:MOST_RECENT]
