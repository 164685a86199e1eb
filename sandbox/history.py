"""The funding ledger by time, oldest first, page by page."""

import re
import sqlite3
from collections.abc import Mapping
from typing import Any

from sandbox import answers, clock, deals, refusals
from sandbox.answers import Answer
from sandbox.calls import Call
from sandbox.deals import Deal
from sandbox.switches import Switches
from sandbox.terms import Terms

CURSOR = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")
LARGEST_PAGE, USUAL_PAGE = 10_000, 1_000
PAGE = """
SELECT * FROM deals WHERE {login} time >= :since AND time < :until AND shows_at <= :now
AND (time, deal_id) > (:time, :deal_id) ORDER BY time, deal_id LIMIT :most
"""


def page(db: sqlite3.Connection, call: Call, terms: Terms) -> Answer:
    """`from` is in the page and `to` is not, so that windows side by side show each transaction once."""
    asked = _asked(call.query)
    sql = PAGE.format(login="" if asked["login"] is None else "login = :login AND")
    rows = [Deal._make(row) for row in db.execute(sql, asked).fetchall()]
    items, more = rows[: asked["most"] - 1], len(rows) == asked["most"]
    cursor = f"{items[-1].time}-{items[-1].deal_id}" if more and terms.ways.next_cursor else None
    told = [_told(deal, terms.ways) for deal in items]
    return Answer(200, answers.encoded({"items": told, "nextCursor": cursor}))


def _told(deal: Deal, ways: Switches) -> dict[str, Any]:
    transaction = deals.shown(deal, ways=ways)
    # Left out and not null: null would say that a deal was made in a terminal.
    if not ways.request_id_in_history:
        del transaction["requestId"]
    if not ways.operator_id_in_history:
        del transaction["operatorId"]
    return transaction


def _asked(query: Mapping[str, str]) -> dict[str, Any]:
    time, deal_id = _cursor(query.get("cursor"))
    return {
        "since": _moment(query, "from"),
        "until": _moment(query, "to"),
        "login": _whole(query, "login", most=2**63 - 1),
        # One more than asked for tells whether there is another page.
        "most": (_whole(query, "limit", most=LARGEST_PAGE) or USUAL_PAGE) + 1,
        "now": clock.now(),
        "time": time,
        "deal_id": deal_id,
    }


def _moment(query: Mapping[str, str], field: str) -> int:
    try:
        return clock.read(query[field])
    except (KeyError, ValueError, OverflowError):
        raise refusals.invalid(field, f"{field} must be an RFC 3339 date-time with an offset") from None


def _whole(query: Mapping[str, str], field: str, *, most: int) -> int | None:
    text = query.get(field)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 19 or not 1 <= int(text) <= most:
        raise refusals.invalid(field, f"{field} must be a whole number from 1 to {most}")
    return int(text)


def _cursor(text: str | None) -> tuple[int, int]:
    if text is None:
        return (-(2**62), 0)
    found = CURSOR.fullmatch(text)
    if found is None:
        raise refusals.invalid("cursor", "cursor is not one of ours")
    return int(found[1]), int(found[2])
