"""Many requests decided together: of one kind, small, without a warning, a supervisor's alone; each is a vote of its own."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property, partial
from typing import Any
from uuid import UUID

from backoffice.audit import clock
from backoffice.operations import claims, desk, each, judging, queries, say, showing
from backoffice.operations.each import CHANGED, Result
from backoffice.operations.models import Decision, Operation
from backoffice.operations.policy import Verdict
from backoffice.operations.rates import Rates
from backoffice.operations.reasons import Reason
from backoffice.operations.rules import USUAL
from backoffice.operations.states import State
from backoffice.operations.versions import NoPolicy, in_force

# Where the first tier begins, in USD; where a rule of the policy in force names less for a kind, it begins there.
FIRST_TIER = Decimal(10_000)
ALONE = "It is decided by itself"
Chosen = Mapping[UUID, str | None]


@dataclass(frozen=True)
class Case:
    """A chosen request: the hash of what is shown of it, or why it is not among those that are decided together."""

    operation: Operation
    seen: str = ""
    why_not: str = ""


class Bounds:
    """What may be decided together with others, by the rates and the policy of one moment."""

    def __init__(self, now: datetime) -> None:
        self.rates = Rates(today=now.date())
        self._tiers: dict[str, Decimal] = {}

    def usd(self, operation: Operation) -> Decimal | None:
        return None if operation.amount is None else self.rates.usd(operation.amount, operation.currency)

    def tier(self, kind: str) -> Decimal:
        """From which amount in USD on a request of this kind is decided by itself; nothing may be, without a policy."""
        if kind not in self._tiers:
            self._tiers[kind] = min([FIRST_TIER, *self._named(kind)])
        return self._tiers[kind]

    def why_alone(self, operation: Operation) -> str:
        """Why it is decided by itself, as far as the row tells; empty where nothing does."""
        usd = self.usd(operation)
        if operation.amount is None:
            return f"{ALONE}: it moves no money that could be added up."
        if usd is None:
            return f"{ALONE}: no fresh FX rate of {operation.currency} tells what it is worth."
        if usd >= self.tier(operation.kind):
            return f"{ALONE}: it is {self.tier(operation.kind):,f} USD or more."
        return _why_not_plain(operation.judged)

    def _named(self, kind: str) -> list[Decimal]:
        asked = [asked for rule, _, _ in self._rules.of(kind) for asked in rule.when] if self._rules else []
        named = [asked.value for asked in asked if asked.of == "usd" and asked.test in ("at_least", "above")]
        return named if self._rules else [Decimal(0)]

    @cached_property
    def _rules(self) -> Any:
        try:
            return in_force().rules
        except NoPolicy:
            return None


def foreseen(chosen: Chosen, *, by: Any) -> list[Case]:
    """What of these may be decided together by this person now, in the order in which they were chosen; nothing is written.

    `chosen` names the hash of what was seen of each, or None where they have not been looked at yet. Of what is not there
    nothing is told.
    """
    rows = queries.ours().visible_to(by).filter(pk__in=list(chosen))
    found = {row.pk: row for row in rows.prefetch_related("decisions", "asked_for")}
    bounds, first = Bounds(clock.now()), next((found[pk] for pk in chosen if pk in found), None)
    cases = [_case(found[pk], seen, bounds, by) for pk, seen in chosen.items() if pk in found]
    return _without_splits([_unless_other(case, first) for case in cases], bounds)


def decide_each(cases: Sequence[Case], verb: Decision.Verb, *, reason: Reason, by: Any) -> list[Result]:
    """One vote for each, in a unit of its own, on the very hash that was seen; each is done or refused alone."""
    return [each.done(case.operation, partial(_decide, case, verb, reason, by)) for case in cases]


def _decide(case: Case, verb: Decision.Verb, reason: Reason, by: Any) -> str:
    """The one place that calls the desk; says what came of it."""
    vote = desk.approve if verb == Decision.Verb.APPROVAL else desk.reject
    sight = showing.in_a_list(case.operation, by=by)
    moved = vote(case.operation.pk, by=by, seen=case.seen, reason=reason, sight=sight)
    claims.release(moved, by=by)
    if moved.state == State.AWAITING_APPROVAL:
        return f"Your approval counts, and it takes more by now: {moved.judged.words}."
    return f"{moved.get_state_display()}."


def _case(found: Operation, seen: str | None, bounds: Bounds, by: Any) -> Case:
    if why := say.why_not_approve(found, by=by) or bounds.why_alone(found):
        return Case(found, why_not=why)
    if seen not in (None, found.seen):
        return Case(found, why_not=CHANGED)
    if why := _why_not_plain(judging.again(found)):
        return Case(found, why_not=why)
    return Case(found, seen=found.seen)


def _unless_other(case: Case, first: Operation | None) -> Case:
    if case.why_not or first is None or case.operation.kind == first.kind:
        return case
    return Case(case.operation, why_not=f"It is another kind than {first.reference}, which was chosen first.")


def _why_not_plain(verdict: Verdict) -> str:
    """That it takes more than one supervisor's look."""
    if said := [*verdict.blocks, *verdict.warnings]:
        return f"{ALONE}: {said[0].text}"
    return "" if verdict.places == USUAL and not verdict.is_signed else f"{ALONE}: {verdict.words.lower()}."


def _without_splits(cases: Sequence[Case], bounds: Bounds) -> list[Case]:
    """What one login is asked for in parts is decided together only where the parts together are small, too."""
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for case in cases:
        if not case.why_not:
            sums[case.operation.login] += bounds.usd(case.operation) or Decimal(0)
    return [_unless_split(case, sums[case.operation.login], bounds) for case in cases]


def _unless_split(case: Case, usd: Decimal, bounds: Bounds) -> Case:
    if case.why_not or usd < bounds.tier(case.operation.kind):
        return case
    words = f"{ALONE}: with the others chosen for login {case.operation.login} it is {usd:,.2f} USD."
    return replace(case, seen="", why_not=words)
