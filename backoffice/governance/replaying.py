"""What was known of an operation when it was submitted, made again: its facts, and the sums beside it at that moment."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

from backoffice.operations import batch
from backoffice.operations.models import Operation
from backoffice.operations.rates import Rates
from backoffice.operations.rules import Window
from backoffice.operations.states import FINAL, State
from backoffice.operations.tallies import MOST_UNDER_WAY
from backoffice.operations.terms import fits

SUBJECTS = {"login": "login", "operator": "maker_person"}


class History:
    """Operations as they stood at any moment: under way from when they were made until they ended, booked from then on."""

    def __init__(self, rows: Sequence[Any], *, is_cut: bool) -> None:
        self.is_cut = is_cut
        self._rates: dict[date, Rates] = {}
        self._roles: dict[Any, frozenset[str]] = {}
        # By subject and kind: a window asks for some kinds of one login or one person.
        self._of: dict[str, dict[Any, dict[str, list[Any]]]] = {}
        for subject, name in SUBJECTS.items():
            of: dict[Any, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
            for row in rows:
                of[getattr(row, name)][row.kind].append(row)
            self._of[subject] = of

    def facts(self, operation: Operation) -> dict[str, Any]:
        """As the desk judged it, but that its maker's roles are those of today: no row says which they were."""
        facts = dict(operation.instruction.facts(operation.account_at_submit))
        facts |= {"maker": str(operation.maker_person), "maker_role": self._roles_of(operation)}
        facts["usd"] = self._usd(operation.amount, operation.currency, operation.made_at)
        member = getattr(operation, "member", None)  # a row that is not there is no attribute
        return facts | (batch.of_bundle(member.bundle_id) if member else batch.ALONE).facts(
            self._rates_of(operation.made_at.date())
        )

    def sums(self, operation: Operation, windows: Collection[Window], facts: dict[str, Any]) -> dict[Window, Any]:
        """Each window at the moment of the submit, the operation itself counted in; None where it cannot be told."""
        return {window: self._sum(window, operation, facts) for window in windows if window.subject in self._of}

    def _sum(self, window: Window, operation: Operation, facts: dict[str, Any]) -> Decimal | None:
        at = operation.made_at
        since = (at - timedelta(hours=window.hours)).replace(minute=0, second=0, microsecond=0)
        kinds = self._of[window.subject].get(getattr(operation, SUBJECTS[window.subject]), {})
        rows = chain.from_iterable(kinds[kind] for kind in kinds if fits(kind, window.of))
        count, under_way, amounts = 0, 0, defaultdict[str, Decimal](Decimal)
        for row in rows:
            if row.made_at > at or row.pk == operation.pk:
                continue
            is_live = row.state not in FINAL or row.moved_at > at
            if is_live or (row.state == State.APPLIED and row.moved_at >= since):
                count, under_way = count + 1, under_way + is_live
                amounts[row.currency] += row.amount or 0
        if under_way > MOST_UNDER_WAY:
            return None
        is_in_it = fits(operation.kind, window.of)
        if window.counts:
            return Decimal(count + is_in_it)
        known = [self._usd(amount, currency, at) for currency, amount in amounts.items() if currency]
        known += [facts["usd"]] if is_in_it else []
        told = [amount for amount in known if amount is not None]
        return sum(told, Decimal(0)) if len(told) == len(known) else None

    def _roles_of(self, operation: Operation) -> frozenset[str]:
        if operation.made_by_id not in self._roles:
            self._roles[operation.made_by_id] = frozenset(str(role) for role in operation.made_by.roles)
        return self._roles[operation.made_by_id]

    def _usd(self, amount: Decimal | None, currency: str, at: datetime) -> Decimal | None:
        """By the rate of that day, which stands once and for all."""
        if amount is None or not currency:
            return None
        return self._rates_of(at.date()).usd(amount, currency)

    def _rates_of(self, day: date) -> Rates:
        return self._rates.setdefault(day, Rates(today=day))
