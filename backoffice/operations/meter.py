"""How long a request has waited, held against its limit: as words, as a share of it, and by when it is due."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backoffice.calendar.business import Calendar
from backoffice.operations.sla import Due, Standing
from backoffice.ui import text
from backoffice.ui.parts import Tone

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TONES: dict[Standing, Tone] = {Standing.IN_TIME: "ok", Standing.REMIND: "warn", Standing.BREACHED: "bad"}


@dataclass(frozen=True)
class Meter:
    """`percent` of the limit is used up, in business time; `by` says until when, in the server's."""

    words: str
    percent: int
    tone: Tone
    by: str


def meter(due: Due, now: datetime, house: Calendar) -> Meter:
    used, whole = house.worked(due.since, now), house.worked(due.since, due.breaches_at)
    percent = min(100, int(100 * used / whole)) if whole else 100
    return Meter(_words(due, now, house), percent, TONES[due.standing(now)], _by(due, now))


def _words(due: Due, now: datetime, house: Calendar) -> str:
    if due.standing(now) == Standing.BREACHED:
        return f"{span(house.worked(due.breaches_at, now))} over"
    return f"{span(house.worked(now, due.breaches_at))} left"


def _by(due: Due, now: datetime) -> str:
    was = "Was due" if due.standing(now) == Standing.BREACHED else "Due"
    return f"{was} by {text.server(due.breaches_at, now)}, in business hours"


def span(time: timedelta) -> str:
    """Business time in hours and minutes: its days are of no fixed length."""
    if time < MINUTE:
        return "under 1 min"
    hours, minutes = time // HOUR, time % HOUR // MINUTE
    return " ".join([f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes))
