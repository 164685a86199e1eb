"""How figures, times and names are written: exact, with their unit, and the same on every screen."""

from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from backoffice.calendar.server import ServerTime

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EM DASH}"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def figure(amount: Decimal) -> str:
    """All the digits that the amount has, thousands separated; a float is refused, since it has lost some already."""
    if not isinstance(amount, Decimal):
        raise TypeError(f"An amount is a Decimal, not {type(amount).__name__}.")
    if not amount.is_finite():
        raise ValueError(f"{amount} is no amount.")
    # abs() would round to the context's 28 digits.
    return f"{MINUS if amount < 0 else ''}{amount.copy_abs():,f}"


def difference(amount: Decimal) -> str:
    """Like `figure`, with a plus before what is more than nothing."""
    return f"{'+' if amount > 0 else ''}{figure(amount)}"


def utc(at: datetime) -> datetime:
    if timezone.is_naive(at):
        raise ValueError("A time without a zone cannot be shown: nobody knows when it is.")
    return at.astimezone(UTC).replace(microsecond=0)


def machine(at: datetime) -> str:
    return utc(at).isoformat().replace("+00:00", "Z")


def full(at: datetime, now: datetime) -> str:
    return _local(at, "%d %b %Y, %H:%M:%S")


def short(at: datetime, now: datetime) -> str:
    """The year is said only where it is another one."""
    same_year = timezone.localtime(at).year == timezone.localtime(now).year
    return _local(at, "%d %b, %H:%M" if same_year else "%d %b %Y, %H:%M")


def weekday(at: datetime, now: datetime) -> str:
    """For what is near, and where the day of the week says more than the year."""
    return f"{timezone.localtime(at):%a} {_local(at, '%d %b, %H:%M')}"


def date(at: datetime, now: datetime) -> str:
    return _local(at, "%d %b %Y")


def time(at: datetime, now: datetime) -> str:
    return _local(at, "%H:%M:%S")


def age(at: datetime, now: datetime) -> str:
    """One unit is enough: people compare ages, they do not add them."""
    passed = max(now - at, timedelta())
    if passed < MINUTE:
        return "under 1 min"
    if passed < HOUR:
        return f"{passed // MINUTE} min"
    return f"{passed // HOUR} h" if passed < 2 * DAY else f"{passed // DAY} d"


def ago(at: datetime, now: datetime) -> str:
    if now - at < MINUTE:
        return "just now"
    return f"{age(at, now)} ago" if now - at < 7 * DAY else short(at, now)


def server(at: datetime, now: datetime | None = None) -> str:
    """In the trade server's zone, which is named: what people agree on. Where `now` is given, its own day and year go without saying."""
    local, today = at.astimezone(server_zone()), now and now.astimezone(server_zone())
    if today and local.date() == today.date():
        return local.strftime("%H:%M %Z")
    form = "%d %b, %H:%M %Z" if today and local.year == today.year else "%d %b %Y, %H:%M %Z"
    return local.strftime(form).removeprefix("0")


def server_zone() -> tzinfo:
    return ServerTime.named(settings.SERVER_TIME_ZONE).tzinfo


STYLES = {"full": full, "short": short, "weekday": weekday, "date": date, "time": time, "age": age, "ago": ago}


def initials(name: str) -> str:
    """Of the first and the last word."""
    words = name.split()
    return "".join(word[0] for word in dict.fromkeys((*words[:1], *words[-1:]))).upper()


def _local(at: datetime, form: str) -> str:
    """Without a zone of the operator's own the reader has to be told which one this is."""
    local = timezone.localtime(at)
    zone = " UTC" if timezone.get_current_timezone_name() == "UTC" and "%H" in form else ""
    written = local.strftime(form)
    return f"{written.removeprefix('0') if form.startswith('%d') else written}{zone}"
