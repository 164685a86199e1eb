"""One run: people, workers and mischief side by side, then quiet, then the reckoning."""

import logging
import threading
import time
from collections import Counter
from random import Random

import django

django.setup()

from django.db import connections

from backoffice.operations.models import Operation
from backoffice.operations.states import FINAL
from bench import one_supervisor
from bench.faults.compare import Reckoning, reckoning
from bench.faults.crew import FIRST, SANDBOX, Crew
from bench.faults.mischief import Mischief, Surroundings
from bench.faults.people import FIRST_LOGIN, Desk, insist, wishes
from bench.faults.report import told
from bench.faults.supervisors import Supervisor
from bench.faults.wanted import Wanted

PAIRS = 2
# What was sent at the very end may still be carried out, and what was taken in be booked.
TO_LAND = 3.0


def run(wanted: Wanted, around: Surroundings) -> int:
    """The exit code: 0 only where nothing is lost, doubled, out of order, wrongly resolved or open."""
    begun, end = time.monotonic(), time.monotonic() + wanted.limit
    # What the people's side says belongs to what the workers say; the terminal is for the figures.
    logging.basicConfig(stream=around.crew.log, level=logging.WARNING, force=True)
    one_supervisor.publish()
    people = _people(wanted, around)
    mischief = Mischief(around, rng=_drawn(wanted, "mischief"), stopping=threading.Event())
    stopping, resolved = threading.Event(), Counter[str]()
    supervisors = [Supervisor(name, stopping=stopping, told=resolved) for name in ("carl", "chen")]
    for thread in (*supervisors, threading.Thread(target=_work, args=(people, mischief.stopping, end), daemon=True)):
        thread.start()
    mischief.go_on()
    around.breaker.clear()
    _wait_until_settled(around.crew, end=end)
    stopping.set()
    for thread in supervisors:
        thread.join()
    result = _reckoned(around, people, wanted)
    told(result, wanted=wanted, around=around, mischief=mischief, resolved=resolved, failed=people.failed)
    print(f"  {time.monotonic() - begun:.0f} seconds")
    return 0 if result.holds else 1


def _work(people: Desk, over: threading.Event, end: float) -> None:
    """Mischief and faults last until everything has been sent once, or half of the time that is left is over."""
    try:
        people.work(pairs=PAIRS)
        patience = time.monotonic() + (end - time.monotonic()) / 2
        untried = Operation.objects.filter(first_sent_at=None)
        while insist(untried.exists) and time.monotonic() < patience:
            time.sleep(0.3)
    finally:
        connections.close_all()
        over.set()


def started(crew: Crew) -> None:
    for name in (SANDBOX, FIRST):
        crew.start(name)
        crew.until_ready(name)


def _drawn(wanted: Wanted, what: str) -> Random:
    return Random(f"{wanted.seed} {what}")  # noqa: S311  # a run is repeated by its seed; nothing here is secret


def _people(wanted: Wanted, around: Surroundings) -> Desk:
    asked = wishes(_drawn(wanted, "people"), count=wanted.operations, logins=wanted.logins, rate=wanted.rate)
    logins = range(FIRST_LOGIN, FIRST_LOGIN + wanted.logins)
    people = Desk(asked, {login: around.breaker.currency(login) for login in logins})
    around.breaker.lay()
    return people


def _wait_until_settled(crew: Crew, *, end: float) -> None:
    while time.monotonic() < end and insist(lambda: Operation.objects.exclude(state__in=FINAL).exists()):
        crew.replace_the_fallen()
        time.sleep(0.5)


def _reckoned(around: Surroundings, people: Desk, wanted: Wanted) -> Reckoning:
    time.sleep(TO_LAND)
    result = reckoning(around.breaker.ledger(), approved=people.approved, wanted=wanted.operations)
    connections.close_all()
    return result
