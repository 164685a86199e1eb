"""Moves hundredths into and out of the one login set aside for it, each with an entry before and another one after."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from uuid_utils.compat import uuid7

from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import register
from backoffice.manager.client import rfc3339
from backoffice.manager.failures import NotSent
from backoffice.manager.witness import Heard
from backoffice.operations.instructions import reference
from backoffice.operations.probe.asking import Asked, Asker
from backoffice.operations.probe.reading import HISTORY, lines

SENT = register("manager.probe_sent", "MT5 probe: sent", "warn")
ANSWERED = register("manager.probe_answered", "MT5 probe: answered")

CENT, OTHER, ZERO = Decimal("0.01"), Decimal("0.02"), Decimal(0)
SIGNS = {"deposit": 1, "withdraw": -1}
COMMENT = 31
MARGIN = timedelta(minutes=10)
SHORTEST_PAUSE, LONGEST_PAUSE = 0.02, 1.0


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked: `way` is deposit or withdraw. Sent twice, it is the same request."""

    way: str
    amount: Decimal
    request_id: str
    comment: str

    @property
    def reference(self) -> str:
        return self.comment[:14]


@dataclass(frozen=True)
class Seen:
    """The request's line in the ledger, and after how many seconds; None where it was not there in time."""

    line: dict[str, Any] | None
    after: float | None


def new(way: str, amount: Decimal = CENT) -> Request:
    """A request under an id of its own; its comment is as long as the contract lets it be."""
    pk = uuid7()
    comment = f"{reference('PRB', pk)} measuring this".ljust(COMMENT, ".")[:COMMENT]
    return Request(way=way, amount=amount, request_id=str(pk), comment=comment)


class Mover:
    """`inside` is what is in and not out again, as far as MT5 said; `lost` are requests of which nobody can say."""

    def __init__(self, asker: Asker, *, login: int, currency: str, by: Any, wait: float) -> None:
        self.asker, self.login, self.currency, self.by, self.wait = asker, login, currency, by, wait
        self.inside = ZERO
        self.lost: list[str] = []
        self._booked: dict[str, Decimal] = {}

    def move(self, request: Request) -> Asked:
        self._note(SENT, request, {"comment": request.comment})
        asked = self.asker.write(
            f"/transactions/{request.way}", request_id=request.request_id, body=self._body(request)
        )
        try:
            self._note(ANSWERED, request, {"answer": asked.heard.words, "deal": _name(asked.heard.fields)})
        finally:
            # Whatever became of the entry: what was booked must be known, to be put back.
            self._count(request, asked)
        return asked

    def _body(self, request: Request) -> dict[str, object]:
        fields = {"login": self.login, "amount": request.amount, "currency": self.currency}
        return {**fields, "comment": request.comment, "type": "balance"}

    def _note(self, action: str, request: Request, told: dict[str, str]) -> None:
        detail = {"what": request.way, "amount": f"{request.amount:f}", "currency": self.currency, **told}
        with unit(by=self.by) as work:
            work.note(action, on=("login", self.login), login=self.login, request_id=request.request_id, detail=detail)

    def _count(self, request: Request, asked: Asked) -> None:
        """Takes in what was booked. An answer that does not say is looked for in the ledger, for as long as we wait."""
        if asked.heard.is_success and _name(asked.heard.fields):
            return self._book(request, asked.heard.fields)
        if isinstance(asked.heard.failure, NotSent) or (400 <= asked.heard.status < 500 and asked.heard.code):
            return None
        line = self.seen(request, asked).line
        if line and _name(line) not in self._booked:
            return self._book(request, line)
        self.lost.append(request.request_id)
        return None

    def _book(self, request: Request, told: dict[str, Any]) -> None:
        name = _name(told)
        if name not in self._booked and told.get("status") != "rejected":
            self._booked[name] = request.amount * SIGNS[request.way]
            self.inside += self._booked[name]

    def _unbook(self, line: dict[str, Any]) -> None:
        self.inside -= self._booked.pop(_name(line), ZERO)

    def seen(self, request: Request, asked: Asked) -> Seen:
        """Looks into the ledger until the request's line is there and booked, or rejected; counted from the answer on."""
        first: float | None = None
        line: dict[str, Any] | None = None
        for after, heard in self._looks(asked):
            if found := self._line(request, asked, heard):
                first, line = after if first is None else first, found
            if line and line.get("status") != "accepted":
                break
        if line and line.get("status") == "rejected":
            self._unbook(line)
        return Seen(line, first)

    def _looks(self, asked: Asked) -> Iterator[tuple[float, Heard]]:
        window = {"from": rfc3339(asked.before - MARGIN), "to": rfc3339(asked.after + MARGIN)}
        while True:
            heard = self.asker.read(HISTORY, **window, login=self.login, limit=1000)
            after = time.monotonic() - asked.came_at
            yield after, heard
            if after > self.wait:
                return
            # A tenth of what has passed: what is measured is at most a tenth too long.
            time.sleep(min(max(after / 10, SHORTEST_PAUSE), LONGEST_PAUSE))

    def _line(self, request: Request, asked: Asked, heard: Heard) -> dict[str, Any] | None:
        """By the answer's own id where there is one, so that a provider that keeps no mark of ours is measured too."""
        name = _name(asked.heard.fields)
        there = lines(heard)
        ours = [line for line in there if name and _name(line) == name]
        marked = sorted((line for line in there if _marks(line, request)), key=lambda line: _name(line) in self._booked)
        return next(iter([*ours, *marked]), None)

    @property
    def left(self) -> str:
        """What a person has to look after, in words; empty where everything is out again."""
        told = [f"{self.inside:+f} {self.currency} are still in login {self.login}."] if self.inside else []
        if self.lost:
            told.append(f"Nobody can say what became of {', '.join(self.lost)} on login {self.login}.")
        return " ".join(told)

    def put_back(self) -> None:
        """Takes out again what is known to be in; what is not known is left to people."""
        if self.inside:
            self.move(new("withdraw" if self.inside > 0 else "deposit", abs(self.inside)))


def _marks(line: dict[str, Any], request: Request) -> bool:
    return line.get("requestId") == request.request_id or str(line.get("comment")).startswith(request.reference)


def _name(told: dict[str, Any]) -> str:
    return str(told.get("operationId") or told.get("dealId") or "")
