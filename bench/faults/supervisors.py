"""Two scripted supervisors: each looks at MT5's ledger for itself, one proposes, and the other confirms or declines."""

import threading
from collections import Counter
from typing import Protocol

from django.db import DatabaseError, close_old_connections, connections

from backoffice.audit import clock
from backoffice.demo.visitor import Astray
from backoffice.manager.client import Client
from backoffice.manager.failures import Failure
from backoffice.manager.reader import ask
from backoffice.manager.wire import Transaction
from backoffice.operations import resolution
from backoffice.operations.models import Operation, Resolution
from backoffice.operations.states import State
from backoffice.operations.trace import look
from backoffice.operators.models import Operator
from bench.faults.asking import Unanswered

Outcome = Resolution.Outcome
LOOK_EVERY = 0.4
AT_ONCE = 40


class Acts(Protocol):
    """How a supervisor acts: at the pages, or behind them. Why something was refused, in words; empty where it was done."""

    def propose(self, operation: Operation, *, outcome: Outcome, deal: str, reason: str) -> str: ...

    def confirm(self, operation: Operation, proposal: Resolution) -> str: ...

    def decline(self, operation: Operation) -> str: ...


class Supervisor(threading.Thread):
    """One of the two. Both look at every exception, so that they also get into each other's way."""

    def __init__(self, name: str, *, acts: Acts, stopping: threading.Event, told: Counter[str]) -> None:
        super().__init__(name=name, daemon=True)
        self.acts, self.stopping, self.told, self.turns = acts, stopping, told, 0

    def run(self) -> None:
        while not self.stopping.wait(LOOK_EVERY):
            try:
                self._look_through(Operator.objects.get(username=self.name))
            except (DatabaseError, Unanswered, Astray) as failure:
                self.told[f"{type(failure).__name__} at the desk"] += 1
                close_old_connections()
        connections.close_all()

    def _look_through(self, me: Operator) -> None:
        for operation in Operation.objects.filter(state=State.EXCEPTION).order_by("moved_at")[:AT_ONCE]:
            if self.stopping.is_set():
                return
            if why := self._act_on(operation, me):
                self.told[f"refused: {why[:45]}"] += 1

    def _act_on(self, operation: Operation, me: Operator) -> str:
        """Why what was to be done is refused; empty where it was done, or where there was nothing to do."""
        proposal = resolution.open_proposal(operation)
        if proposal and proposal.proposed_person == me.person_id:
            return ""
        lines = _ledger(operation, me)
        if lines is None or any(line.status == "accepted" for line in lines):
            return ""
        deals = [line.deal for line in lines if line.status == "applied"]
        return self._settle(operation, proposal, deals) if proposal else self._propose(operation, deals)

    def _propose(self, operation: Operation, deals: list[str]) -> str:
        outcome = Outcome.APPLIED if deals else self._either()
        reason = "FOUND_AT_MT5" if deals else "NOT_AT_MT5"
        why = self.acts.propose(operation, outcome=outcome, deal=deals[0] if deals else "", reason=reason)
        return self._count(why, f"proposed {outcome.label.lower()}")

    def _either(self) -> Outcome:
        self.turns += 1
        return Outcome.SEND_AGAIN if self.turns % 2 else Outcome.NOT_APPLIED

    def _settle(self, operation: Operation, proposal: Resolution, deals: list[str]) -> str:
        says_booked = proposal.outcome == Outcome.APPLIED
        if says_booked != bool(deals) or (says_booked and proposal.deal not in deals):
            return self._count(self.acts.decline(operation), "declined")
        why = self.acts.confirm(operation, proposal)
        return self._count(why, f"confirmed {proposal.get_outcome_display().lower()}")

    def _count(self, why: str, done: str) -> str:
        if not why:
            self.told[done] += 1
        return why


def _ledger(operation: Operation, me: Operator) -> list[Transaction] | None:
    """What MT5's ledger holds under this request, or None where it cannot be read now."""
    until = clock.now()

    async def question(client: Client) -> list[Transaction] | Failure:
        return await look(operation, client, operator_id=me.operator_id, until=until)

    found = ask(question)
    return None if isinstance(found, Failure) else found
