"""The trade server's clock: which moment is which server day, whatever summer time does."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

NAME = re.compile(r"([A-Za-z][A-Za-z0-9_/-]*?)([+-]\d{1,2})?")
LONGEST_GAP = timedelta(hours=3)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class ServerTime:
    """A zone, and by how much the server's clock runs ahead of it.

    "America/New_York+7" is midnight when New York closes at 17:00: such a server changes to summer time with America.
    """

    name: str
    zone: ZoneInfo
    ahead: timedelta = timedelta()

    @classmethod
    @cache
    def named(cls, name: str) -> "ServerTime":
        """From the name of a zone, with hours ahead of it where there are any; raises ValueError for an unknown one."""
        match = NAME.fullmatch(name)
        try:
            if match:
                return cls(name, ZoneInfo(match[1]), timedelta(hours=int(match[2] or 0)))
        except (KeyError, OSError, ValueError):
            pass
        raise ValueError(f"{name!r} is no time zone; it takes one like Europe/Nicosia or America/New_York+7.")

    @property
    def tzinfo(self) -> tzinfo:
        """The server's clock as Python takes a zone."""
        return Ahead(self) if self.ahead else self.zone

    def wall(self, moment: datetime) -> datetime:
        """What the server's clock shows, without a zone."""
        return moment.astimezone(self.zone).replace(tzinfo=None, fold=0) + self.ahead

    def moment(self, wall: datetime) -> datetime:
        """The first moment, in UTC, at which the server's clock shows this or later: summer time skips an hour of it."""
        local = wall - self.ahead
        found = local.replace(tzinfo=self.zone).astimezone(UTC)
        return found if self.wall(found) == wall else self._after_the_gap(wall, found)

    def _after_the_gap(self, wall: datetime, late: datetime) -> datetime:
        early = late - LONGEST_GAP
        while late - early > SECOND:
            middle = early + ((late - early) // 2)
            early, late = (early, middle) if self.wall(middle) >= wall else (middle, late)
        return late.replace(microsecond=0)

    def day(self, moment: datetime) -> date:
        return self.wall(moment).date()

    def at(self, day: date, minutes: int = 0) -> datetime:
        """The moment, in UTC, at so many minutes after the server day's midnight by its clock; 1440 is the next one's."""
        return self.moment(datetime.combine(day, time()) + timedelta(minutes=minutes))


class Ahead(tzinfo):
    """The zone of a server that runs ahead of a zone that has a name."""

    def __init__(self, server: ServerTime) -> None:
        self.server = server

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        offset = self._there(dt).utcoffset() if dt else None
        return None if offset is None else offset + self.server.ahead

    def dst(self, dt: datetime | None) -> timedelta | None:
        return self._there(dt).dst() if dt else None

    def tzname(self, dt: datetime | None) -> str:
        return "server time"

    def fromutc(self, dt: datetime) -> datetime:
        there = dt.replace(tzinfo=UTC).astimezone(self.server.zone)
        return (there.replace(tzinfo=None) + self.server.ahead).replace(tzinfo=self, fold=there.fold)

    def _there(self, dt: datetime) -> datetime:
        return (dt.replace(tzinfo=None) - self.server.ahead).replace(tzinfo=self.server.zone, fold=dt.fold)
