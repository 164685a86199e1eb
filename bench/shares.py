"""Where the time of a drain goes: each moment is counted to the innermost of the parts that are named here."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from importlib import import_module
from typing import Any

from django.db import connections

# Part, module, and what in it is wrapped, as its caller finds it. What is not there (any more) is said.
PARTS = (
    ("wire", "backoffice.operations.slots", "Slots.answers"),
    ("sweep", "backoffice.operations.execution", "sweep"),
    ("claim", "backoffice.operations.execution", "claim"),
    ("claim", "backoffice.operations.execution", "take"),
    ("looks", "backoffice.operations.execution", "hold_for_trace"),
    ("lane", "backoffice.operations.lanes", "allowance"),
    ("record", "backoffice.operations.execution", "write_down"),
    ("move", "backoffice.operations.models", "Operation.move"),
    ("chain", "backoffice.audit.unit", "_write"),
)
COMMIT, LOCKS, REST = "commit", "locks", "rest"
WAITS = ("FOR UPDATE", "pg_advisory_xact_lock")


class Watch:
    """A stack of parts; `took` are seconds, and `asked` those of them in which the database was waited for."""

    def __init__(self) -> None:
        self.took: dict[str, float] = defaultdict(float)
        self.asked: dict[str, float] = defaultdict(float)
        self.statements = Counter[str]()
        self.missing: list[str] = []
        self.stack, self.since = [REST], time.perf_counter()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        self._count()
        self.stack.append(name)
        try:
            yield
        finally:
            self._count()
            self.stack.pop()

    def statement(self, execute: Callable[..., Any], sql: str, params: Any, many: Any, context: Any) -> Any:  # noqa: PLR0917  # Django calls it so
        """Stands around every statement; one that locks rows or the chain is a part of its own."""
        part = LOCKS if any(words in sql for words in WAITS) else self.stack[-1]
        self.statements[part] += 1
        with self.part(part):
            begun = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                self.asked[part] += time.perf_counter() - begun

    def _count(self) -> None:
        now = time.perf_counter()
        self.took[self.stack[-1]] += now - self.since
        self.since = now


def watched(act: Callable[[], object]) -> Watch:
    """Runs it once with every part wrapped; what was wrapped is afterwards as it was before."""
    watch, own = Watch(), connections["default"]
    with ExitStack() as stack:
        for name, module, path in PARTS:
            _wrap(stack, watch, name, owner=import_module(module), path=path)
        _wrap(stack, watch, COMMIT, owner=own, path="commit")
        stack.enter_context(own.execute_wrapper(watch.statement))
        watch.since = time.perf_counter()
        with watch.part(REST):
            act()
    return watch


def show(watch: Watch, *, operations: int) -> None:
    whole = sum(watch.took.values())
    print(f"    {'one round':<10}{'of the time':>12}{'waiting for SQL':>17}{'ms an operation':>17}{'statements':>12}")
    for part, seconds in sorted(watch.took.items(), key=lambda pair: -pair[1]):
        share, asked = f"{seconds / whole:.0%}", f"{watch.asked[part] / whole:.0%}"
        each = f"{1000 * seconds / operations:.2f}"
        print(f"    {part:<10}{share:>12}{asked:>17}{each:>17}{watch.statements[part]:>12}")
    if watch.missing:
        print(f"    counted elsewhere, since it is not there: {', '.join(watch.missing)}")


def _wrap(stack: ExitStack, watch: Watch, name: str, *, owner: Any, path: str) -> None:
    *owners, last = path.split(".")
    try:
        for step in owners:
            owner = getattr(owner, step)
        plain = getattr(owner, last)
    except AttributeError:
        watch.missing.append(f"{name} ({path})")
        return

    @wraps(plain)
    def wrapped(*args: Any, **named: Any) -> Any:
        with watch.part(name):
            return plain(*args, **named)

    was_own, before = last in vars(owner), vars(owner).get(last)
    # A class method is had bound already; it must not be bound a second time.
    bound = staticmethod(wrapped) if isinstance(before, classmethod) else wrapped
    setattr(owner, last, bound)
    stack.callback(_restore, owner, last, before, is_own=was_own)


def _restore(owner: Any, name: str, before: Any, *, is_own: bool) -> None:
    if is_own:
        setattr(owner, name, before)
    else:
        delattr(owner, name)
