"""The processes that the run started and may therefore end: the sandbox, the web, the workers and what keeps the house."""

import os
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TextIO

from backoffice.demo import processes
from backoffice.demo.processes import Place
from backoffice.demo.supervise import SECONDS_TO_START, Child, Ended, Process

SANDBOX, WEB, FIRST, SECOND = "sandbox", "web", "funding", "second"
# What keeps the house; `processes.house` lists it among everything that runs beside the sandbox.
KEEPERS = ("housekeeping", "beat")
# What a process may say only where something is wrong with it and not merely with its surroundings.
# What a worker says once it takes in work: its transport is there, or it goes on looking by itself without.
IS_UP = (" ready.", "Cannot connect to")
SECONDS_TO_COME_UP = 15.0
SIGNS = ("Traceback", "deadlock", "database is locked", "could not be understood", "A defect", "IllegalMove")


@dataclass
class Crew:
    """Who runs now. One thread at a time moves them; what they say is written to `log` and searched for signs."""

    place: Place
    log: TextIO
    running: dict[str, Child] = field(default_factory=dict)
    signs: Counter[str] = field(default_factory=Counter)
    up: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def keepers(self) -> list[str]:
        return [name for name in KEEPERS if name in self._house()]

    def start(self, name: str) -> None:
        if name not in self.running:
            self.up.discard(name)
            self.running[name] = Child(self._process(name), say=self._hear)

    def until_ready(self, name: str) -> None:
        end = time.monotonic() + SECONDS_TO_START
        while not self.running[name].is_ready():
            if time.monotonic() > end:
                raise Ended(f"{name} did not come up.")
            time.sleep(0.05)

    def until_up(self, name: str) -> None:
        """Waits for a worker to take in work; to kill it while it still reads its modules would show nothing."""
        end = time.monotonic() + SECONDS_TO_COME_UP
        while name not in self.up and time.monotonic() < end:
            time.sleep(0.05)

    def kill(self, name: str) -> bool:
        """kill -9, in the middle of whatever it does. False where it does not run."""
        child = self.running.pop(name, None)
        if child is not None:
            child.kill()
        return child is not None

    def end(self, name: str) -> bool:
        """Asks it to end, as a deployment does, and does not wait longer than one would."""
        child = self.running.pop(name, None)
        if child is None:
            return False
        child.ask_to_end()
        end = time.monotonic() + 15
        while child.popen.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        if child.popen.poll() is None:
            self.signs[f"{name} did not end when asked to"] += 1
        child.kill()
        return True

    def freeze(self, name: str, *, seconds: float) -> bool:
        """Stops it where it stands, longer than its lease lasts, and lets it go on."""
        child = self.running.get(name)
        if child is None or child.popen.poll() is not None:
            return False
        os.kill(child.popen.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(child.popen.pid, signal.SIGCONT)
        return True

    def replace_the_fallen(self) -> None:
        """A process that ended without us is a finding; it is started again as a supervisor of services would."""
        for name, child in list(self.running.items()):
            if child.popen.poll() is not None:
                self.signs[f"{name} ended by itself with {child.popen.returncode}"] += 1
                self.kill(name)
                self.start(name)

    def end_all(self) -> None:
        for name in reversed(list(self.running)):
            self.end(name)

    def _process(self, name: str) -> Process:
        if name == SANDBOX:
            return processes.sandbox(self.place)
        if name not in (FIRST, SECOND):
            return self._house()[name]
        worker = processes.worker(self.place, lane=FIRST)
        # Celery wants each of its workers to have a name of its own, and says only at this level that one is ready.
        others = {f"{FIRST}@%h": f"{name}@%h", "warning": "info"}
        return replace(worker, name=name, command=[others.get(part, part) for part in worker.command])

    def _house(self) -> dict[str, Process]:
        """What runs beside the sandbox, by name."""
        return {process.name: process for process in processes.house(self.place)}

    def _hear(self, line: str) -> None:
        with self.lock:
            self.log.write(f"{time.strftime('%H:%M:%S')} {line}\n")
            self.signs.update(sign for sign in SIGNS if sign in line)
            if any(words in line for words in IS_UP):
                self.up.add(line.partition("|")[0].strip())
