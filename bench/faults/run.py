"""One run: people, workers and mischief side by side, then quiet, then the reckoning."""

import logging
import threading
import time
from random import Random

import django

django.setup()

from django.db import connections

from backoffice.operations.models import Operation
from backoffice.operations.states import FINAL, State
from bench.faults.asking import Asking
from bench.faults.behind import SupervisorBehindThePages, insist
from bench.faults.compare import Reckoning, reckoning
from bench.faults.crew import FIRST, SANDBOX, WEB, Crew
from bench.faults.mischief import Mischief, Surroundings
from bench.faults.pages import SupervisorAtThePages
from bench.faults.people import People
from bench.faults.report import Told, told
from bench.faults.supervisors import Supervisor
from bench.faults.wanted import TO_SETTLE, Wanted
from bench.faults.wishes import FIRST_LOGIN, wishes

# What was sent at the very end may still be carried out, and what was taken in be booked.
TO_LAND = 3.0


class Run:
    """Who takes part, and when; the exit code is 0 only where nothing is lost, doubled, out of order, wrong or open."""

    def __init__(self, wanted: Wanted, around: Surroundings) -> None:
        self.wanted, self.around = wanted, around
        self.begun = time.monotonic()
        self.end = self.begun + wanted.limit
        self.people = _people(wanted, around)
        self.told = Told(at_pages=self.people.at_pages, failed=self.people.failed)
        carl = SupervisorAtThePages(Asking("carl", around.crew.place, told=self.people.at_pages))
        told_of, self.over = self.told.resolved, threading.Event()
        self.supervisors = [
            Supervisor("carl", acts=carl, stopping=self.over, told=told_of),
            Supervisor("chen", acts=SupervisorBehindThePages("chen"), stopping=self.over, told=told_of),
        ]
        self.mischief = Mischief(around, every=wanted.every, rng=_drawn(wanted, "mischief"), stopping=threading.Event())

    def go(self) -> int:
        for thread in (*self.supervisors, threading.Thread(target=self._work, daemon=True)):
            thread.start()
        self.mischief.go_on()
        self.around.breaker.clear()
        self._wait_until_settled()
        self.over.set()
        for thread in self.supervisors:
            thread.join()
        result = self._reckoned()
        told(result, wanted=self.wanted, around=self.around, mischief=self.mischief, told_of=self.told)
        return 0 if result.holds else 1

    def _work(self) -> None:
        """Mischief and faults last until everything has been sent once, or half of the time that is left is over."""
        try:
            self.people.work()
            self._note("asked for")
            patience = time.monotonic() + (self.end - time.monotonic()) / 2
            untried = Operation.objects.filter(state=State.QUEUED, first_sent_at=None)
            while insist(untried.exists) and time.monotonic() < patience:
                time.sleep(0.3)
            self._note("sent once")
        finally:
            connections.close_all()
            self.mischief.stopping.set()

    def _wait_until_settled(self) -> None:
        unsettled = Operation.objects.filter(state__in=[state for state in State if state not in FINAL])
        while time.monotonic() < self.end and insist(unsettled.exists):
            self.around.crew.replace_the_fallen()
            time.sleep(0.5)
        self._note("settled")

    def _reckoned(self) -> Reckoning:
        time.sleep(TO_LAND)
        result = reckoning(self.around.breaker.ledger(), approved=self.people.approved, wanted=self.wanted.operations)
        self._note("in all")
        connections.close_all()
        return result

    def _note(self, what: str) -> None:
        self.told.seconds[what] = time.monotonic() - self.begun


def run(wanted: Wanted, around: Surroundings) -> int:
    # What the people's side says belongs to what the workers say; the terminal is for the figures.
    logging.basicConfig(stream=around.crew.log, level=logging.WARNING, force=True)
    return Run(wanted, around).go()


def started(crew: Crew) -> None:
    names = (SANDBOX, WEB, FIRST, *crew.keepers)
    for name in names:
        crew.start(name)
    for name in names:
        crew.until_ready(name)


def _drawn(wanted: Wanted, what: str) -> Random:
    return Random(f"{wanted.seed} {what}")  # noqa: S311  # a run is repeated by its seed; nothing here is secret


def _people(wanted: Wanted, around: Surroundings) -> People:
    asked = wishes(_drawn(wanted, "people"), count=wanted.operations, logins=wanted.logins, rate=wanted.rate)
    logins = range(FIRST_LOGIN, FIRST_LOGIN + wanted.logins)
    accounts = {login: around.breaker.account(login) for login in logins}
    around.breaker.lay()
    return People(
        wishes=asked,
        accounts=accounts,
        place=around.crew.place,
        patience=max(wanted.limit / 2, wanted.limit - TO_SETTLE / 2),
    )
