"""Every few seconds something is killed, frozen or taken away, by a schedule that the seed draws."""

import signal
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random

import httpx
import psycopg

from bench.faults.crew import FIRST, SANDBOX, SECOND, WEB, Crew
from bench.faults.mix import OTHER_WAYS, USUAL, Breaker
from bench.faults.servers import Server

# The lease under the limits of a run is three seconds.
FREEZE = 4.0


@dataclass(kw_only=True)
class Surroundings:
    """What may be taken away; a server is there only where the run started it itself."""

    crew: Crew
    breaker: Breaker
    redis: Server | None
    postgres: Server | None
    database_url: str


class Mischief:
    """`done` counts by kind; acts that found nothing to act on are not counted. `stopping` ends it."""

    def __init__(self, around: Surroundings, *, every: float, rng: Random, stopping: threading.Event) -> None:
        self.around, self.every, self.rng, self.stopping = around, every, rng, stopping
        self.done, self.failed = Counter[str](), list[str]()

    def go_on(self) -> None:
        """Returns when it is stopped, with a worker in place.

        It belongs into the main thread: Linux ends a child together with the thread that started it.
        """
        acts, deck = self._acts(), list[str]()
        while not self.stopping.wait(self.rng.uniform(self.every / 2, self.every * 1.5)):
            self.around.crew.replace_the_fallen()
            self.around.crew.until_up(FIRST)
            deck = deck or self._shuffled({name: weight for name, (weight, _) in acts.items()})
            name = deck.pop()
            try:
                if acts[name][1]():
                    self.done[name] += 1
            except (httpx.HTTPError, psycopg.Error, OSError) as failure:
                self.failed.append(f"{name}: {failure}")
        self.around.crew.start(FIRST)

    def _shuffled(self, weights: dict[str, int]) -> list[str]:
        """A deck with each act as often as it weighs, drawn from its end: a short run too has met each of them once."""
        rest, once = [name for name, weight in weights.items() for _ in range(weight - 1)], list(weights)
        self.rng.shuffle(rest)
        self.rng.shuffle(once)
        return rest + once

    def _acts(self) -> dict[str, tuple[int, Callable[[], bool]]]:
        around = self.around
        acts: dict[str, tuple[int, Callable[[], bool]]] = {
            "worker killed": (6, self._kill_a_worker),
            "all workers killed": (2, self._kill_all_workers),
            "worker ended politely": (1, self._end_a_worker),
            "worker frozen past its lease": (1, self._freeze_a_worker),
            "second worker joins": (4, self._start_second),
            "web killed": (2, partial(self._kill_one, WEB)),
            "sandbox killed": (1, self._kill_sandbox),
            "provider behaves otherwise": (2, self._other_ways),
        }
        for name in around.crew.keepers:
            acts[f"{name} killed"] = (1, partial(self._kill_one, name))
        if around.redis:
            acts["redis killed"] = (2, self._kill_redis)
        if around.postgres:
            acts["postgresql restarted at once"] = (1, self._restart_postgres)
        if around.database_url.startswith("postgres"):
            acts["backends terminated"] = (2, self._terminate_backends)
        return acts

    def _kill_one(self, name: str) -> bool:
        killed = self.around.crew.kill(name)
        self.stopping.wait(self.rng.uniform(0, 1))
        self.around.crew.start(name)
        return killed

    def _kill_a_worker(self) -> bool:
        name = self.rng.choice([name for name in (FIRST, SECOND) if name in self.around.crew.running] or [FIRST])
        killed = self.around.crew.kill(name)
        if name == FIRST:
            self.stopping.wait(self.rng.uniform(0, 1))
            self.around.crew.start(FIRST)
        return killed

    def _kill_all_workers(self) -> bool:
        killed = [self.around.crew.kill(name) for name in (FIRST, SECOND)]
        self.stopping.wait(self.rng.uniform(0, 4))
        self.around.crew.start(FIRST)
        return any(killed)

    def _end_a_worker(self) -> bool:
        ended = self.around.crew.end(FIRST)
        self.around.crew.start(FIRST)
        return ended

    def _freeze_a_worker(self) -> bool:
        # Another one works meanwhile, and must not be hurt by what the frozen one still does afterwards.
        self.around.crew.start(SECOND)
        return self.around.crew.freeze(FIRST, seconds=FREEZE)

    def _start_second(self) -> bool:
        is_new = SECOND not in self.around.crew.running
        self.around.crew.start(SECOND)
        return is_new

    def _kill_sandbox(self) -> bool:
        self.around.breaker.count()
        killed = self.around.crew.kill(SANDBOX)
        self.stopping.wait(self.rng.uniform(0, 1.5))
        self.around.crew.start(SANDBOX)
        self.around.crew.until_ready(SANDBOX)
        self.around.breaker.lay()
        return killed

    def _other_ways(self) -> bool:
        self.around.breaker.switch(USUAL | self.rng.choice(OTHER_WAYS))
        self.stopping.wait(self.rng.uniform(2, 5))
        self.around.breaker.switch(USUAL)
        return True

    def _kill_redis(self) -> bool:
        return self._again(self.around.redis, signal.SIGKILL, most=3)

    def _restart_postgres(self) -> bool:
        # SIGQUIT is PostgreSQL's immediate shutdown: no checkpoint, and recovery from its log at the next start.
        return self._again(self.around.postgres, signal.SIGQUIT, most=1)

    def _again(self, server: Server | None, how: signal.Signals, *, most: float) -> bool:
        if server is None:
            return False
        server.end(how)
        self.stopping.wait(self.rng.uniform(0, most))
        server.start()
        return True

    def _terminate_backends(self) -> bool:
        with psycopg.connect(self.around.database_url, autocommit=True) as own:
            own.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        return True
