"""Two scripted supervisors: each looks at MT5's ledger for itself, one proposes, and the other confirms or declines."""

import threading
from collections import Counter

from django.db import DatabaseError, close_old_connections, connections

from backoffice.audit import clock
from backoffice.manager.client import Client
from backoffice.manager.failures import Failure
from backoffice.manager.reader import ask
from backoffice.manager.wire import Transaction
from backoffice.operations import resolution
from backoffice.operations.desk import Refusal
from backoffice.operations.evidence import read_evidence
from backoffice.operations.models import Operation, Resolution
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from backoffice.operations.trace import look
from backoffice.operators.models import Operator

Outcome = Resolution.Outcome
LOOK_EVERY = 0.4
AT_ONCE = 40


class Supervisor(threading.Thread):
    """One of the two. Both look at every exception, so that they also get into each other's way."""

    def __init__(self, name: str, *, stopping: threading.Event, told: Counter[str]) -> None:
        super().__init__(name=name, daemon=True)
        self.stopping, self.told, self.turns = stopping, told, 0

    def run(self) -> None:
        while not self.stopping.wait(LOOK_EVERY):
            try:
                self._look_through(Operator.objects.get(username=self.name))
            except DatabaseError as failure:
                self.told[f"{type(failure).__name__} at the desk"] += 1
                close_old_connections()
        connections.close_all()

    def _look_through(self, me: Operator) -> None:
        for operation in Operation.objects.filter(state=State.EXCEPTION).order_by("moved_at")[:AT_ONCE]:
            try:
                self._act_on(operation, me)
            except Refusal as refusal:
                self.told[f"refused: {str(refusal)[:45]}"] += 1

    def _act_on(self, operation: Operation, me: Operator) -> None:
        lines = _ledger(operation, me)
        if lines is None or any(line.status == "accepted" for line in lines):
            return
        deals = [line.deal for line in lines if line.status == "applied"]
        proposal = resolution.open_proposal(operation)
        if proposal is None:
            self._propose(operation, deals, me)
        elif proposal.proposed_person != me.person_id:
            self._settle(operation, proposal, deals, me)

    def _propose(self, operation: Operation, deals: list[str], me: Operator) -> None:
        outcome = Outcome.APPLIED if deals else self._either()
        evidence = read_evidence(operation, outcome=outcome, deal=deals[0] if deals else "", by=me)
        reason = Reason("FOUND_AT_MT5" if deals else "NOT_AT_MT5")
        resolution.propose(operation.pk, by=me, evidence=evidence, reason=reason)
        self.told[f"proposed {outcome.label.lower()}"] += 1

    def _either(self) -> Outcome:
        self.turns += 1
        return Outcome.SEND_AGAIN if self.turns % 2 else Outcome.NOT_APPLIED

    def _settle(self, operation: Operation, proposal: Resolution, deals: list[str], me: Operator) -> None:
        says_booked = proposal.outcome == Outcome.APPLIED
        if says_booked != bool(deals) or (says_booked and proposal.deal not in deals):
            resolution.decline(operation.pk, by=me, reason=Reason("NOT_AT_MT5"))
            self.told["declined"] += 1
            return
        evidence = read_evidence(operation, outcome=proposal.outcome, deal=proposal.deal, by=me)
        resolution.confirm(operation.pk, by=me, seen=proposal.seen, evidence=evidence)
        self.told[f"confirmed {proposal.get_outcome_display().lower()}"] += 1


def _ledger(operation: Operation, me: Operator) -> list[Transaction] | None:
    """What MT5's ledger holds under this request, or None where it cannot be read now."""
    until = clock.now()

    async def question(client: Client) -> list[Transaction] | Failure:
        return await look(operation, client, operator_id=me.operator_id, until=until)

    found = ask(question)
    return None if isinstance(found, Failure) else found
