"""What stands beside an operation: what else was asked for its login, what came up since, and what it all adds up to."""

from decimal import Decimal
from typing import Any

from django.conf import settings

from backoffice.audit import clock
from backoffice.manager.wire import Account
from backoffice.operations import attaching, queries, tallies
from backoffice.operations.binding import Read
from backoffice.operations.instructions import KINDS
from backoffice.operations.models import Operation
from backoffice.operations.rules import Window
from backoffice.operations.shown import Added, Past
from backoffice.operations.snapshot import snapshot
from backoffice.operations.states import FINALLY_NEGATIVE
from backoffice.operations.tallies import Subjects, Sum
from backoffice.ui.parts import Check
from backoffice.ui.text import figure

MOST = 8
DAY, WEEK = 24, 168
CENT = Decimal("0.01")


def history(operation: Operation, *, by: Any) -> list[Past]:
    """The newest others of the same login that this person may see."""
    rows = queries.ours().visible_to(by).filter(login=operation.login).exclude(pk=operation.pk)
    return [_past(row, operation) for row in rows.order_by("-pk")[:MOST]]


def since(operation: Operation, account: Read) -> list[Check]:
    """What the checks of its maker could not see yet, worst first: a lock, a repetition, evidence used again, figures that have moved."""
    found = []
    if held := queries.locked(operation.login, operation.order_class):
        found.append(Check(verdict="block", text=f"The outcome of {held.reference} on this login is unknown."))
    if isinstance(account, Account) and (why := operation.instruction.moved(account)):
        found.append(Check(verdict="block", text=why))
    if alike := _alike_since(operation):
        text = f"Same login, kind and amount asked for since: {', '.join(row.reference for row in alike)}"
        found.append(Check(verdict="warn", text=text))
    found += [Check(verdict="warn", text=made.text, detail=made.detail) for made in attaching.used_since(operation)]
    if not found and isinstance(account, Account) and _has_moved(operation, snapshot(account)):
        found.append(Check(verdict="info", text="The account has moved since"))
    return found


def sums(operation: Operation) -> list[Added]:
    """Of its kind, by its login and by its maker, in 24 hours and in 7 days, itself counted in."""
    subjects = Subjects(settings.MANAGER_ENVIRONMENT, operation.login, operation.maker_person, operation.pk)
    windows = {
        (subject, hours): Window(subject, (operation.kind,), hours, counts=False)
        for subject in ("login", "operator")
        for hours in (DAY, WEEK)
    }
    found = tallies.sums(windows.values(), subjects, kinds=KINDS, now=clock.now())
    said = {key: _said(found[window], operation) for key, window in windows.items()}
    names = {"login": f"Login {operation.login}", "operator": f"Made by {operation.made_by.name}"}
    return [
        Added(label=names[subject], day=said[subject, DAY], week=said[subject, WEEK])
        for subject in ("login", "operator")
    ]


def _alike_since(operation: Operation) -> list[Operation]:
    if operation.amount is None:
        return []
    rows = queries.alike(operation.kind, operation.login, operation.amount, since=operation.made_at)
    return [row for row in rows if row.pk > operation.pk]


def _has_moved(operation: Operation, now: dict[str, Any]) -> bool:
    return any(now[name] != operation.account_at_submit[name] for name in ("balance", "credit"))


def _past(row: Operation, operation: Operation) -> Past:
    is_alike = row.kind == operation.kind and row.amount == operation.amount and row.state not in FINALLY_NEGATIVE
    return Past(
        id=str(row.pk),
        reference=row.reference,
        title=row.instruction.title,
        amount=getattr(row.instruction, "amount", None),
        currency=row.currency,
        state=str(row.get_state_display()),
        tone=row.tone,
        by=row.made_by.name,
        at=row.made_at,
        is_alike=is_alike and row.amount is not None,
    )


def _said(others: Sum, operation: Operation) -> str:
    """`2 in all: 19,800.00 USD`, itself counted in; where there is more than anybody adds up, that."""
    if not others.is_known:
        return "more than is added up"
    amounts = dict(others.amounts)
    if operation.amount is not None:
        amounts[operation.currency] = amounts.get(operation.currency, Decimal(0)) + operation.amount
    money = " + ".join(f"{_figure(amount)} {currency}" for currency, amount in sorted(amounts.items()) if amount)
    count = others.count + 1
    return f"{money} in {count}" if money else str(count)


def _figure(amount: Decimal) -> str:
    """Without the zeros that only the column has."""
    plain = amount.normalize()
    return figure(plain.quantize(CENT) if plain == plain.quantize(CENT) else plain)
