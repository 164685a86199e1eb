"""The unit of work: the only way to open a writing transaction; its entries are its last statement."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

import rfc8785
from django.conf import settings
from django.db import connection, transaction

from backoffice.audit import clock
from backoffice.audit.chain import GENESIS, seal
from backoffice.audit.models import Entry
from backoffice.audit.vocabulary import ACTIONS
from backoffice.audit.where import here

CHAIN_LOCK = 0x0C0117E5
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

    def __init__(self, *, by: Any = None) -> None:
        self.by = by
        self.head: Entry | None = None
        self.notes: list[dict[str, Any]] = []

    @cached_property
    def now(self) -> datetime:
        """The database's time, one for all that this unit changes."""
        return clock.now()

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
        """Puts one action into the trail: who, on what `(type, id)`, why, and what it changed (text values only)."""
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
                "detail": rfc8785.dumps(dict(detail or {})).decode(),
            }
        )


@contextmanager
def unit(*, by: Any = None) -> Iterator[Unit]:
    """Opens a writing transaction. If its entries cannot be written, nothing in it happened.

    `by` is whoever acts where an entry does not say it itself.
    """
    if _open.get() is not None:
        raise RuntimeError("A unit of work is open already; units do not nest.")
    work = Unit(by=by)
    with transaction.atomic(durable=True):
        token = _open.set(work)
        try:
            yield work
        finally:
            _open.reset(token)
        if work.notes:
            _write(work)


def current() -> Unit | None:
    """The unit that is open on this thread, for writers that are called from inside one."""
    return _open.get()


def _write(work: Unit) -> None:
    seq, head, now = _lock_head()
    where = here()
    entries = []
    for note in work.notes:
        seq += 1
        place = {"ip": where.ip, "device": where.device, "environment": settings.MANAGER_ENVIRONMENT}
        entry = Entry(seq=seq, at=now, **note, **place)
        head = seal(entry, after=head)
        entries.append(entry)
    Entry.objects.bulk_create(entries)
    work.head = entries[-1]


def _lock_head() -> tuple[int, str, datetime]:
    """The chain's last entry and the database's time, under the lock that lets one writer at a time append."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
    seq, digest = Entry.objects.order_by("-seq").values_list("seq", "digest").first() or (0, GENESIS)
    return seq, digest, clock.now()


def _snapshot(by: Any) -> dict[str, str]:
    if by is None or not by.is_authenticated:
        return {"operator_id": "", "person": "", "name": "", "roles": ""}
    roles = ", ".join(sorted(by.roles))
    return {"operator_id": by.operator_id, "person": str(by.person_id), "name": by.name, "roles": roles}
