"""The breakers: what answers say of a lane and of a kind pauses it, moves its probe on, or reopens it.

What people do to either stands in `stops`; the two pauses do not know of each other, and either is enough.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backoffice.audit import clock
from backoffice.audit.unit import Unit
from backoffice.operations import lanes
from backoffice.operations.meaning import Signal
from backoffice.operations.models import Lane
from backoffice.operations.models.lanes import BY_MACHINES

FIRST_PROBE, LAST_PROBE = 0.25, 30.0
STRIKES = 3
NEEDED = "An administrator is needed."
WORDS = {
    Signal.OFFLINE: "MT5 is offline or cannot be reached.",
    Signal.UNAUTHORIZED: f"MT5 does not accept the credential of this connection. {NEEDED}",
    Signal.OUT_OF_SCOPE: f"MT5 does not accept the credential of this connection for them. {NEEDED}",
    Signal.STRIKE: "MT5 denied the service account three times without a reason.",
}
OF_A_LANE = (Signal.UNAUTHORIZED, Signal.OFFLINE, Signal.STRIKE)
OF_A_KIND = (Signal.OUT_OF_SCOPE,)
QUIET = {Signal.WORKS, Signal.SILENT}
PAUSE_AT_ONCE = {Signal.UNAUTHORIZED, Signal.OFFLINE, Signal.OUT_OF_SCOPE}


@dataclass(frozen=True)
class Heard:
    """What one send's answer says of the connection; `wait` is the seconds that MT5 asked for."""

    signal: Signal
    kind: str
    claimed_at: datetime
    wait: float | None = None


def listen(work: Unit, rows: list[Lane], heard: Sequence[Heard]) -> None:
    """Takes in what a turn's answers say. While people have planned maintenance only a wait that MT5 asks for counts.

    `rows` are what `lanes.hold_all` handed out; a kind that has none yet is added to them where something is the matter.
    """
    signals = {one.signal for one in heard} - {Signal.NOTHING}
    if not signals or (signals <= QUIET and not any(row.doubted_since or row.failures for row in rows)):
        return
    now, named = clock.now(), {row.name: row for row in rows}
    lane = named[rows[0].lane]
    _wait(lane, [one.wait or 1.0 for one in heard if one.signal == Signal.WAIT], now)
    if not lane.is_serviced(now):
        _judge(work, lane, heard, loud=OF_A_LANE, now=now)
        for kind in sorted({one.kind for one in heard}):
            row = named.get(kind) or Lane(name=kind)
            _judge(work, row, [one for one in heard if one.kind == kind], loud=OF_A_KIND, now=now)
            rows += [row] if kind not in named else []


def _wait(row: Lane, asked: list[float], now: datetime) -> None:
    """What MT5 asked for is kept, whatever gets through meanwhile."""
    if asked:
        row.waits_until = max(row.waits_until or now, now + timedelta(seconds=max(asked)))
        _keep(row)


def _judge(work: Unit, row: Lane, heard: Sequence[Heard], *, loud: Sequence[Signal], now: datetime) -> None:
    """An answer to what was claimed before the doubt began says nothing of how it is since."""
    doubted = row.doubted_since
    told = [one for one in heard if doubted is None or one.claimed_at > doubted]
    counts = Counter(one.signal for one in told)
    # While nobody knows, no answer is a probe that failed.
    trouble = next((signal for signal in (*loud, *((Signal.SILENT,) if doubted else ())) if counts[signal]), None)
    if trouble:
        strikes = counts[Signal.STRIKE] if Signal.STRIKE in loud else 0
        waits = [one.wait for one in told if one.signal == trouble and one.wait]
        _trouble(work, row, trouble, strikes=strikes, waits=waits, now=now)
    elif counts[Signal.WORKS] and (doubted or row.failures):
        _works(work, row, now)


def _trouble(work: Unit, row: Lane, signal: Signal, *, strikes: int, waits: list[float], now: datetime) -> None:
    row.failures += 1
    row.strikes += strikes
    wait = max([min(FIRST_PROBE * 2 ** min(row.failures - 1, 10), LAST_PROBE), *waits])
    row.probe_at = now + timedelta(seconds=wait)
    if signal in PAUSE_AT_ONCE or row.strikes >= STRIKES:
        _pause(work, row, WORDS.get(signal, row.reason), now)
    _keep(row)


def _pause(work: Unit, row: Lane, reason: str, now: datetime) -> None:
    row.reason = reason
    if row.paused_at is None:
        row.paused_at = now
        work.note(lanes.PAUSED, on=("lane", row.name), reason=reason)


def _works(work: Unit, row: Lane, now: datetime) -> None:
    if row.paused_at:
        work.note(lanes.REOPENED, on=("lane", row.name), reason="A write got through.")
    row.paused_at, row.reason, row.failures, row.strikes, row.probe_at = None, "", 0, 0, None
    row.proved_at = now
    _keep(row)


def _keep(row: Lane) -> None:
    """What machines say of it, and nothing of what people do to it; a kind has a row from its first trouble on."""
    said = {name: getattr(row, name) for name in BY_MACHINES}
    if not Lane.objects.filter(pk=row.pk).update(**said):
        row.save(force_insert=True)
