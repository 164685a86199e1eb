"""Runs child processes as one: starts them, prefixes what they say, reports one that dies, and ends them all together."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

SECONDS_TO_START = 45.0
SECONDS_TO_STOP = 8.0
LOOK_EVERY = 0.1
PR_SET_PDEATHSIG = 1
# Loaded before any fork: nothing may be looked up between fork and exec.
LIBC = ctypes.CDLL(None)
ON_LINUX = sys.platform == "linux"
# Ctrl+C, a polite kill, and a terminal that was closed.
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(Exception):
    """A process is gone, or never came up; the message says which and how, for a person to read."""


@dataclass(frozen=True, kw_only=True)
class Process:
    """One process to be: `ready` is a word of the line by which it says so, or an address that then answers 200."""

    name: str
    command: list[str]
    environment: dict[str, str]
    ready: str = ""


class Child:
    """A process that was started, in a group of its own, so that Ctrl+C reaches the supervisor alone."""

    def __init__(self, process: Process, *, say: Callable[[str], None]) -> None:
        self.process, self.say = process, say
        self.said_ready = threading.Event()
        self.popen = subprocess.Popen(
            process.command,
            env=process.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            process_group=0,
            preexec_fn=_die_with_the_supervisor if ON_LINUX else None,  # noqa: PLW1509  # it makes one system call
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def is_ready(self) -> bool:
        words = self.process.ready
        return _answers(words) if words.startswith("http") else not words or self.said_ready.is_set()

    def ask_to_end(self) -> None:
        """Asks the process alone: a server ends its own workers, and calls it an accident when they go first."""
        self.popen.terminate()

    def kill(self) -> None:
        """Reaches the whole group: nothing that a process left behind may outlive it."""
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()
        self.reader.join(1)

    def _read(self) -> None:
        assert self.popen.stdout is not None  # noqa: S101  # a pipe was asked for above
        with self.popen.stdout as lines:
            for line in filter(str.strip, lines):
                self.say(f"{self.process.name:>8} | {line.rstrip()}")
                if self.process.ready and self.process.ready in line:
                    self.said_ready.set()


class House:
    """The processes that run together; leaving the context ends them, the last started first."""

    def __init__(self, *, say: Callable[[str], None] = print) -> None:
        self.say = say
        self.children: list[Child] = []

    def start(self, processes: Iterable[Process]) -> None:
        """Starts them together and returns when each is ready. Raises Ended where one is not, within 45 s."""
        for process in processes:
            self.children.append(Child(process, say=self.say))
        end = time.monotonic() + SECONDS_TO_START
        for child in self.children:
            while not child.is_ready():
                self.look()
                if time.monotonic() > end:
                    raise Ended(f"{child.process.name} did not come up within {SECONDS_TO_START:.0f} s.")
                time.sleep(LOOK_EVERY)

    def look(self) -> None:
        """Raises Ended where one of them is gone: nothing is restarted behind anyone's back."""
        for child in self.children:
            if (code := child.popen.poll()) is not None:
                child.reader.join(1)
                raise Ended(f"{child.process.name} ended by itself ({_how(code)}).")

    def watch(self) -> None:
        """Returns never; ends with Ended, or with the KeyboardInterrupt of a person who has seen enough."""
        while True:
            self.look()
            time.sleep(LOOK_EVERY)

    def stop(self) -> None:
        """Asks each to end, waits 8 s, and ends by force what is left; the first started, the Manager, goes last."""
        rest, first = self.children[1:], self.children[:1]
        for group in (rest, first):
            _end(group)
        self.children.clear()

    def __enter__(self) -> Self:
        self.handlers = {number: signal.signal(number, signal.default_int_handler) for number in ENDINGS}
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        # An impatient second Ctrl+C must not leave half of them running.
        for number in ENDINGS:
            signal.signal(number, signal.SIG_IGN)
        self.stop()
        for number, handler in self.handlers.items():
            signal.signal(number, handler)


def _end(children: list[Child]) -> None:
    for child in children:
        child.ask_to_end()
    end = time.monotonic() + SECONDS_TO_STOP
    for child in children:
        try:
            child.popen.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.say(f"{child.process.name} did not end within {SECONDS_TO_STOP:.0f} s and was killed.")
        child.kill()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  # our own address on loopback
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


def _die_with_the_supervisor() -> None:
    """Linux ends the child when its parent is gone, even by SIGKILL; elsewhere only a killed supervisor leaves some."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
