"""The unit of work: the only way to open a writing transaction; its entries are its last statement, unless a row asks for them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from django.conf import settings
from django.db import connection, transaction

from backoffice.audit import clients, clock
from backoffice.audit.chain import GENESIS, canonical, seal
from backoffice.audit.models import Entry
from backoffice.audit.rows import insert
from backoffice.audit.vocabulary import ACTIONS
from backoffice.audit.where import here

CHAIN_LOCK = 0x0C0117E5
HEAD = "SELECT seq, digest FROM audit_entry ORDER BY seq DESC LIMIT 1"
# One trip for the lock, the head and the time: two statements, so that the head is read only once the lock is held. There
# may be no entry yet.
HEAD_AND_TIME = f"SELECT seq, digest, clock_timestamp() FROM (SELECT 1) AS once LEFT JOIN ({HEAD}) AS head ON TRUE"  # noqa: S608  # of ours
# What of an entry's detail people wrote, or a file was called.
THEIR_WORDS = ("payload", "suggested", "evidence", "name")
_open: ContextVar["Unit | None"] = ContextVar("unit", default=None)


class Actor(Protocol):
    """Whoever acts: an operator. The machine is None."""

    pk: Any
    operator_id: str
    person_id: Any
    name: str

    @property
    def roles(self) -> frozenset[Any]: ...


class Unit:
    """The notes of one transaction; they become entries when it closes, and `head` is then the last of them."""

    def __init__(self, *, by: Any = None, now: datetime | None = None) -> None:
        self.by = by
        if now:
            self.now = now
        self.head: Entry | None = None
        self.notes: list[dict[str, Any]] = []
        self.closing: dict[Callable[[list[Any]], None], list[Any]] = {}

    @cached_property
    def now(self) -> datetime:
        """The database's time, one for all that this unit changes."""
        return clock.now()

    def before_closing(self, act: Callable[[list[Any]], None], rows: list[Any]) -> None:
        """Calls `act` once, just before the entries are written, with all rows that it was given.

        What locks rows that everybody shares does so once in a unit, in one order, and holds them but briefly.
        """
        self.closing.setdefault(act, []).extend(rows)

    def enter(self) -> int:
        """Writes the entries of what was noted so far, and returns the number of the last one.

        It is for rows that the database takes in only beside their entry. The chain's lock is held from here on: whatever
        waits for a lock of another row comes before.
        """
        if self.notes:
            _write(self)
            self.notes = []
        return self.head.seq if self.head else 0

    def note(
        self,
        action: str,
        *,
        by: Any = None,
        on: tuple[str, Any] = ("", ""),
        login: int | None = None,
        request_id: str = "",
        reason: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Puts one action into the trail: who, on what `(type, id)`, why, and what it changed (text values only).

        What a person writes about a client, whose `login` it is, is sealed with that client's key.
        """
        if action not in ACTIONS:
            raise ValueError(f"{action} is not in the audit vocabulary.")
        self.notes.append(
            {
                "action": action,
                **_snapshot(by or self.by),
                "object_type": on[0],
                "object_id": str(on[1]),
                "login": login,
                "request_id": request_id,
                "reason": reason,
                "detail": dict(detail or {}),
            }
        )


@contextmanager
def unit(*, by: Any = None, now: datetime | None = None) -> Iterator[Unit]:
    """Opens a writing transaction. If its entries cannot be written, nothing in it happened.

    `by` is whoever acts where an entry does not say it itself, `now` the database's time where it was asked just now.
    """
    if _open.get() is not None:
        raise RuntimeError("A unit of work is open already; units do not nest.")
    work = Unit(by=by, now=now)
    with transaction.atomic(durable=True), clients.held():
        token = _open.set(work)
        try:
            yield work
        finally:
            _open.reset(token)
        for act, rows in work.closing.items():
            act(rows)
        if work.notes:
            _write(work)


def current() -> Unit | None:
    """The unit that is open on this thread, for writers that are called from inside one."""
    return _open.get()


def _write(work: Unit) -> None:
    _seal_their_words(work.notes)
    details = [canonical(note["detail"]).decode() for note in work.notes]
    seq, head, now = _lock_head()
    where = here()
    place = {"ip": where.ip, "device": where.device, "environment": settings.MANAGER_ENVIRONMENT}
    entries = []
    for note, detail in zip(work.notes, details, strict=True):
        seq += 1
        entry = {"seq": seq, "at": now, **note, **place, "detail": detail}
        head = seal(entry, after=head)
        entries.append(entry)
    insert(Entry, entries)
    work.head = Entry(**entries[-1])


def _seal_their_words(notes: list[dict[str, Any]]) -> None:
    """What people wrote about a client goes into the trail sealed; the keys are read before the chain's lock is held."""
    theirs = [note for note in notes if note["operator_id"] and note["login"] is not None and _words(note)]
    if not theirs:
        return
    keys = clients.keys_of(note["login"] for note in theirs)
    for note in theirs:
        key = keys[note["login"]]
        note["reason"] = key.seal(note["reason"])
        note["detail"] = {
            name: key.seal(text) if name in THEIR_WORDS else text for name, text in note["detail"].items()
        }


def _words(note: Mapping[str, Any]) -> bool:
    return bool(note["reason"]) or any(note["detail"].get(name) for name in THEIR_WORDS)


def _lock_head() -> tuple[int, str, datetime]:
    """The chain's last entry and the database's time, under the lock that lets one writer at a time append."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SELECT pg_advisory_xact_lock(%s); {HEAD_AND_TIME}", [CHAIN_LOCK])
            cursor.nextset()
            *head, now = cursor.fetchone()
        else:
            cursor.execute(HEAD)
            head, now = cursor.fetchone(), clock.now()
    seq, digest = head if head and head[0] else (0, GENESIS)
    return seq, digest, now


def _snapshot(by: Any) -> dict[str, str]:
    if by is None or not by.is_authenticated:
        return {"operator_id": "", "person": "", "name": "", "roles": ""}
    roles = ", ".join(sorted(by.roles))
    return {"operator_id": by.operator_id, "person": str(by.person_id), "name": by.name, "roles": roles}
