"""How soon each kind of request is decided, in business time, and who is told when it is not. It reads no clock and no database."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from backoffice.access import Role
from backoffice.calendar.business import Calendar
from backoffice.operations.terms import fits

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# Instead of a cut-off: the close of business itself.
CLOSE = ""


class Standing(StrEnum):
    """How a request stands to its limit."""

    IN_TIME = "in time"
    REMIND = "remind"
    BREACHED = "breached"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """One line of the table: after how much business time people are reminded, and when the limit is breached.

    `same_day` names a cut-off: what came in before it is decided by the close of that business day, however short that is.
    """

    words: str
    kinds: tuple[str, ...]
    remind: timedelta
    breach: timedelta | None = None
    same_day: str | None = None
    escalates_to: tuple[Role, ...] = (Role.SUPERVISOR,)


@dataclass(frozen=True)
class Due:
    """When a request that came in at `since` is reminded of, and when its limit is breached; never in the other order."""

    limit: Limit
    since: datetime
    remind_at: datetime
    breaches_at: datetime

    def standing(self, now: datetime) -> Standing:
        if now >= self.breaches_at:
            return Standing.BREACHED
        return Standing.REMIND if now >= self.remind_at else Standing.IN_TIME


@dataclass(frozen=True)
class Marks:
    """The same the other way round: whatever came in at these moments or earlier is due for a reminder, or breached."""

    reminded: datetime
    breached: datetime


TABLE = (
    Limit(words="Deposit", kinds=("funding.deposit",), remind=30 * MINUTE, breach=HOUR),
    Limit(
        words="Withdrawal",
        kinds=("funding.withdrawal",),
        remind=2 * HOUR,
        breach=4 * HOUR,
        same_day="withdrawal",
        escalates_to=(Role.SUPERVISOR, Role.FINANCE),
    ),
    Limit(
        words="Password, disabling, hold",
        kinds=("accounts.password", "accounts.disable", "accounts.hold*"),
        remind=15 * MINUTE,
        breach=30 * MINUTE,
    ),
    Limit(
        words="Leverage, group, opening",
        kinds=("accounts.leverage", "accounts.group", "accounts.open"),
        remind=2 * HOUR,
        breach=4 * HOUR,
    ),
    Limit(
        words="Correction, credit, reset",
        kinds=("funding.correction", "funding.credit*", "funding.negative_balance_reset"),
        remind=2 * HOUR,
        same_day=CLOSE,
    ),
)
# Client money cannot wait for an opening: these two go by the clock on the wall.
UNKNOWN = Limit(words="Outcome unknown", kinds=(), remind=15 * MINUTE, breach=30 * MINUTE)
PAUSED = Limit(
    words="Connection paused",
    kinds=(),
    remind=timedelta(),
    breach=10 * MINUTE,
    escalates_to=(Role.ADMINISTRATOR,),
)
USUAL = Limit(words="Anything else", kinds=("*",), remind=2 * HOUR, breach=4 * HOUR)


@cache
def limit_of(kind: str) -> Limit:
    """The line of the table that a kind of instruction falls under."""
    return next((limit for limit in TABLE if fits(kind, limit.kinds)), USUAL)


def due(kind: str, since: datetime, house: Calendar) -> Due:
    """When a request of this kind that came in at `since` is due. Raises NeverOpen where nobody ever works."""
    limit = limit_of(kind)
    breaches = [house.after(since, limit.breach)] if limit.breach else []
    if limit.same_day is not None:
        breaches.append(house.closing(since, limit.same_day))
    breaches_at = min(breaches)
    return Due(limit, since, min(house.after(since, limit.remind), breaches_at), breaches_at)


def due_by_the_clock(limit: Limit, since: datetime) -> Due:
    """The same for what cannot wait for business hours."""
    return Due(limit, since, since + limit.remind, since + (limit.breach or limit.remind))


def marks(limit: Limit, now: datetime, house: Calendar) -> Marks:
    """What `due` says of every request under this limit at once, so that a database can be asked for those of a standing.

    Raises NeverOpen where nobody ever worked.
    """
    breached = [house.before(now, limit.breach)] if limit.breach else []
    if limit.same_day is not None:
        breached.append(house.closed(now, limit.same_day) - datetime.resolution)
    latest = max(breached)
    return Marks(max(house.before(now, limit.remind), latest), latest)
