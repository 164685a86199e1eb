"""What a slot does for one operation: send it while its lease allows, or look it up at the Manager."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from backoffice.manager.client import Caller, Client
from backoffice.manager.failures import (
    Failure,
    ManagerOffline,
    NoAnswer,
    NotConnected,
    NotFound,
    NotSent,
    OutOfScope,
    PermissionDenied,
    TooLate,
    Unauthorized,
    Unknown,
)
from backoffice.manager.wire import Account, Transaction
from backoffice.operations.meaning import Answered, Forged, Moved
from backoffice.operations.models import Operation
from backoffice.operations.signed import SignedVote, why_not_sent
from backoffice.operations.slots import awake
from backoffice.operations.trace import look
from backoffice.operations.ways import Ways


@dataclass(frozen=True)
class Send:
    """`attempt` is its row's key; `not_after` is on the clock that counts suspension: later, the lease could lapse.

    `claimed_at` is the database's time: what was claimed before a pause says nothing of how it is since. `signed` are the
    votes that are signed with a passkey.
    """

    operation: Operation
    operator_id: str
    token: UUID
    attempt: int
    not_after: float
    claimed_at: datetime
    signed: Sequence[SignedVote] = ()

    async def over(self, client: Client) -> Answered:
        if not self.operation.is_as_approved:
            return Moved("What stands here is not what was approved, so it was not sent.")
        if why := why_not_sent(self.operation, self.signed):
            return Forged(f"{why} So it was not sent.")
        instruction = self.operation.instruction
        try:
            if instruction.binds:
                account = await self._account(client)
                if words := instruction.moved(account):
                    return Moved(words)
            if awake() > self.not_after:
                return TooLate("There was no time left to send it; it is sent again.")
            return await self._send(client)
        except Failure as failure:
            return failure

    async def _send(self, client: Client) -> Transaction:
        try:
            caller = Caller(self.operator_id, str(self.operation.pk))
            return await self.operation.instruction.send(client, caller)
        except Unauthorized as refusal:
            if await self._is_let_in(client):
                raise OutOfScope(refusal.message) from None
            raise

    async def _is_let_in(self, client: Client) -> bool:
        """Whether the same key reads, as long as the lease leaves time for it; what cannot be read is no yes."""
        try:
            if awake() <= self.not_after:
                await self._account(client)
                return True
        except (PermissionDenied, NotFound):
            return True
        except Failure:
            pass
        return False

    async def _account(self, client: Client) -> Account:
        """A read that is not answered is no send: nothing of the instruction has left."""
        try:
            return await client.account(self.operation.login, caller=Caller(self.operator_id))
        except ManagerOffline as failure:
            raise NotConnected(failure.message) from None
        except Unknown as failure:
            raise NotSent(failure.message) from None


@dataclass(frozen=True)
class Trace:
    """`held_at` is the database's time before the ledger is read; `ways` say what an absence there is worth."""

    operation: Operation
    operator_id: str
    token: UUID
    attempt: int
    held_at: datetime
    ways: Ways

    async def over(self, client: Client) -> list[Transaction] | Failure:
        try:
            async with asyncio.timeout(settings.LEASE / 2):
                return await look(self.operation, client, operator_id=self.operator_id, until=self.held_at)
        except TimeoutError:
            return NoAnswer("MT5's ledger could not be read to its end in time.")
