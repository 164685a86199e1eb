"""How fresh a second factor a decision takes: by what it moves in USD. A wave of small ones is one touch, a large one is its own."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest

from backoffice.access import StepUp
from backoffice.audit import clock
from backoffice.operations import judging, queries, signing
from backoffice.operations.bundles import queries as bundles
from backoffice.operations.models import Operation
from backoffice.operations.rates import Rates
from backoffice.operations.sealing import NoSight, unsealed
from backoffice.operations.views.ticked import Misread, ticked

# The first and the last tier of the shipped policy.
FIRST_TIER, LAST_TIER = Decimal(25_000), Decimal(100_000)
WAVE = StepUp(seconds=int(timedelta(minutes=15).total_seconds()))
USUAL = StepUp(seconds=int(timedelta(minutes=5).total_seconds()))
# The button by which somebody signs though nothing asks for it.
SIGN, HASH = "sign", re.compile("[0-9a-f]{64}")
ALONE = StepUp(seconds=USUAL.seconds, is_for_this_alone=True)


def of_one(request: HttpRequest, named: Mapping[str, Any]) -> StepUp | None:
    """Of what is decided on; nothing where it is not theirs to see, which its page says."""
    return _of(queries.ours().visible_to(request.user).filter(pk=named["pk"]))


def of_approval(request: HttpRequest, named: Mapping[str, Any]) -> StepUp | None:
    """Of what is approved: a passkey that is asked signs it. What comes from no page of ours is refused by the view."""
    found = queries.ours().visible_to(request.user).filter(pk=named["pk"]).first()
    if found is None or (need := _of([found])) is None:
        return None
    try:
        sight = unsealed(request.POST.get("sight", ""), found, by=request.user)
    except NoSight:
        return need
    must = SIGN in request.POST or judging.asks_for_signature(found)
    return replace(need, leaf=signing.leaf_of(found, sight, by=request.user), is_signed=must)


def of_ticked(request: HttpRequest, named: Mapping[str, Any]) -> StepUp | None:
    """Of everything that is decided together: one touch covers it, and its sum says how fresh that must be."""
    try:
        chosen = ticked(request.POST, what="request")
    except Misread:
        return None
    return _of(queries.ours().visible_to(request.user).filter(pk__in=list(chosen)))


def of_bundle(request: HttpRequest, named: Mapping[str, Any]) -> StepUp | None:
    """Of everybody in it: it is decided as one."""
    found = bundles.ours().visible_to(request.user).filter(pk=named["pk"]).first()
    need = _of(Operation.objects.filter(member__bundle=found).only("amount", "currency")) if found else None
    seen = request.POST.get("seen", "")
    if need is None or not HASH.fullmatch(seen):
        return need
    must = SIGN in request.POST or signing.bundle_asks(found)
    return replace(need, leaf=signing.leaf_of_bundle(found, seen, by=request.user), is_signed=must)


def _of(operations: Iterable[Operation]) -> StepUp | None:
    found = list(operations)
    if not found:
        return None
    rates = Rates(today=clock.now().date())
    worth = [_usd(operation, rates) for operation in found if operation.amount is not None]
    if len(worth) < len(found):
        # What moves no money changes what money may do: it has no wave.
        return max(USUAL, _by(worth), key=_strictness)
    return _by(worth)


def _by(worth: list[Decimal | None]) -> StepUp:
    """A currency without a rate of today counts as above every tier, as it does in the policy."""
    if None in worth:
        return ALONE
    total = sum((abs(each) for each in worth if each is not None), Decimal(0))
    return WAVE if total < FIRST_TIER else USUAL if total < LAST_TIER else ALONE


def _strictness(need: StepUp) -> tuple[bool, int]:
    return need.is_for_this_alone, -need.seconds


def _usd(operation: Operation, rates: Rates) -> Decimal | None:
    return rates.usd(operation.amount, operation.currency) if operation.amount is not None else None
