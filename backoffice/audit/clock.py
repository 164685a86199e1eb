"""The one clock: the database's, so that two machines whose own clocks disagree still agree with each other."""

from datetime import UTC, datetime

from django.db import connection


def now() -> datetime:
    """The database's time in UTC. SQLite has none of its own: there it is this machine's, which is the only one."""
    if connection.vendor != "postgresql":
        return datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
