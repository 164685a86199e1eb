"""What an instruction binds, compared with the account as it is when somebody approves; before each send it is compared again."""

from typing import Any
from uuid import UUID

from backoffice.manager.failures import Failure
from backoffice.manager.wire import Account
from backoffice.operations.models import Operation
from backoffice.operations.snapshot import live
from backoffice.operations.states import State

Read = Account | Failure | None


def read(pk: UUID, *, by: Any) -> Read:
    """The account of an operation that waits and binds something, as it is now, or why it cannot be read; else None.

    No transaction may be open: it waits for the Manager.
    """
    waits = Operation.objects.filter(pk=pk, state=State.AWAITING_APPROVAL).first()
    if waits is None or not waits.instruction.binds:
        return None
    try:
        return live(waits.login, by=by)
    except Failure as failure:
        return failure


def why_not(operation: Operation, account: Read) -> str:
    """Why what it binds keeps it from being approved, in words; empty where it holds, or where it binds nothing.

    What cannot be read cannot be compared, and is not approved.
    """
    if not operation.instruction.binds:
        return ""
    if isinstance(account, Account):
        moved = operation.instruction.moved(account)
        return f"The account has moved, so that this can no longer be done: {moved}" if moved else ""
    why = f" ({account.message})" if account else ""
    return f"MT5 cannot be read now, and nothing is approved without comparing the account. Try again in a moment.{why}"
