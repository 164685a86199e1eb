"""The part of the probe that changes nothing: refusals, the ledger's order and pages."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from backoffice.audit import clock
from backoffice.manager.client import rfc3339
from backoffice.manager.witness import Heard
from backoffice.operations.probe.asking import Asker
from backoffice.operations.probe.questions import (
    ALL_AT_ONCE,
    ANSWERED,
    LEAVES_OUT,
    NEWEST_FIRST,
    NO_ANSWER,
    NO_NEXT,
    NO_ORDER,
    OLDEST_FIRST,
    REPEATS,
    TOO_FEW,
    WORKS,
    Found,
)

NOBODYS_LOGIN = 999_999_999_999_999_999
# The funding worker's key has no scope for reports; a read that is let through by mistake does no harm.
BEYOND_THE_KEY = "/reports/exposure"
HISTORY = "/transactions/history"
DAYS = 7
PAGE = 5
READS = 5


def refusals(asker: Asker) -> list[Found]:
    """How three reads that cannot succeed are refused."""
    return [
        _refusal("missing_scope", asker.read(BEYOND_THE_KEY)),
        _refusal("unknown_login", asker.read(f"/accounts/{NOBODYS_LOGIN}")),
        _refusal("nonsense_read", asker.read(HISTORY, **{"from": "nonsense", "to": "nonsense"})),
    ]


def _refusal(name: str, heard: Heard) -> Found:
    return Found(name, refused_as(heard), str(heard.error.get("message") or ""))


def refused_as(heard: Heard) -> str:
    """Status, code, field and reason; whatever is no refusal of the contract says so."""
    if heard.failure:
        return NO_ANSWER
    if heard.is_success:
        return ANSWERED
    return heard.words


def ledger(asker: Asker, login: int | None) -> list[Found]:
    """In which order the ledger's lines come, and whether its pages hold each of them once."""
    until = clock.now()
    asked: dict[str, object] = {"from": rfc3339(until - timedelta(days=DAYS)), "to": rfc3339(until)}
    if login:
        asked["login"] = login
    whole = asker.read(HISTORY, **asked, limit=2 * PAGE)
    return [_order(whole), _paging(asker, asked, whole)]


def _order(whole: Heard) -> Found:
    times = [str(line["time"]) for line in lines(whole) if line.get("time")]
    told = f"{len(lines(whole))} lines, {len(times)} with a time"
    return Found("order", in_order(times) if whole.is_success else whole.words, told)


def in_order(times: Sequence[str]) -> str:
    """RFC 3339 in UTC sorts as text."""
    if len(set(times)) < 2:
        return TOO_FEW
    if list(times) == sorted(times):
        return OLDEST_FIRST
    return NEWEST_FIRST if list(times) == sorted(times, reverse=True) else NO_ORDER


def _paging(asker: Asker, asked: dict[str, object], whole: Heard) -> Found:
    first = asker.read(HISTORY, **asked, limit=PAGE)
    if not (whole.is_success and first.is_success):
        return Found("paging", first.words)
    cursor = first.fields.get("nextCursor")
    if len(names(whole)) <= PAGE:
        return Found("paging", TOO_FEW, f"{len(names(whole))} lines in {DAYS} days")
    if len(names(first)) > PAGE:
        return Found("paging", ALL_AT_ONCE, f"asked for {PAGE} lines, got {len(names(first))}")
    if not cursor:
        return Found("paging", NO_NEXT, f"{PAGE} of at least {len(names(whole))} lines, and no cursor")
    second = asker.read(HISTORY, **asked, limit=PAGE, cursor=str(cursor))
    return _compared(names(whole), [*names(first), *names(second)])


def _compared(whole: list[str], paged: list[str]) -> Found:
    """The pages against the same lines asked for at once."""
    told = f"{len(paged)} lines in two pages, {len(whole)} in one"
    if len(set(paged)) < len(paged):
        return Found("paging", REPEATS, told)
    return Found("paging", WORKS if paged == whole else LEAVES_OUT, told)


def time_reads(asker: Asker, login: int | None) -> None:
    """A few reads of the usual kind, so that the median is of more than refusals."""
    until = clock.now()
    window = {"from": rfc3339(until - timedelta(hours=1)), "to": rfc3339(until)}
    for _ in range(READS):
        if login:
            asker.read(f"/accounts/{login}")
        else:
            asker.read(HISTORY, **window, limit=1)


def lines(heard: Heard) -> list[dict[str, Any]]:
    """The ledger's lines of an answer, those that are objects."""
    items = heard.fields.get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def names(heard: Heard) -> list[str]:
    return [str(line.get("operationId")) for line in lines(heard)]
