"""How an instruction comes to its verdict: its facts, what is added up beside it, and the version in force; and again later."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from backoffice.audit import clock
from backoffice.audit.unit import Unit, current
from backoffice.audit.vocabulary import register
from backoffice.operations import quorum, tallies, versions
from backoffice.operations.batch import ALONE, Batch, of_operation
from backoffice.operations.canonical import canonical
from backoffice.operations.draft import seen as seen_of
from backoffice.operations.instructions import KINDS, Instruction
from backoffice.operations.models import Judgement, Operation
from backoffice.operations.policy import Check, Verdict, judge
from backoffice.operations.rates import Rates
from backoffice.operations.rules import USUAL, Window
from backoffice.operations.tallies import Subjects, Sum
from backoffice.operations.terms import fits

LOGIN_LOCK, PERSON_LOCK = 0x0C01, 0x0C02
JUDGED_AGAIN = register("operation.judged_again", "Stricter verdict pinned", "warn")


def verdict(
    instruction: Instruction,
    *,
    account: Mapping[str, Any],
    checks: Sequence[Check],
    by: Any,
    operation: UUID | None = None,
    batch: Batch = ALONE,
    is_submit: bool = True,
) -> Verdict:
    """The verdict now. `account` is the snapshot that the maker saw, `operation` the row where there is one already.

    `batch` is the bundle that it is decided in, where it is.

    For it to hold, nobody else may submit for this login, or in this person's name, until it is written down: `alone`.
    Without a policy that is the one published, everything is blocked.
    """
    try:
        force = versions.in_force()
    except versions.NoPolicy as failure:
        return Verdict(USUAL, str(failure), (Check("block", str(failure)), *checks))
    work = current()
    now = work.now if work else clock.now()
    rates = Rates(today=now.date())
    facts = {**instruction.facts(account), **_of_maker(by)}
    facts |= {"usd": _usd(facts, rates), **batch.facts(rates)}
    windows = force.rules.windows(instruction.kind)
    subjects = Subjects(settings.MANAGER_ENVIRONMENT, instruction.login, by.person_id, operation)
    others = tallies.sums(windows, subjects, kinds=KINDS, now=now)
    sums = {window: _with_own(window, others.get(window), facts, rates) for window in windows}
    facts["checks"] = [*_of_rates(rates, checks), *checks]
    return judge(facts, force.rules, sums, policy=force.number, is_submit=is_submit)


def again(operation: Operation, *, batch: Batch | None = None) -> Verdict:
    """The verdict on an operation that waits, by today's rules and sums and the account as its maker saw it.

    `batch` is the bundle it is in, where whoever asks for many knows it already.
    """
    return verdict(
        operation.instruction,
        account=operation.account_at_submit,
        checks=operation.judged.checks,
        by=operation.made_by,
        operation=operation.pk,
        batch=batch or of_operation(operation),
        is_submit=False,
    )


def hold_to_the_stricter(operation: Operation, work: Unit) -> str:
    """Judges it once more, and pins what is stricter than what holds; in words why it may not go at all, or empty."""
    now = again(operation)
    if now.blocks:
        return f"It cannot be approved now. {' '.join(check.text for check in now.blocks)}"
    if now.is_stricter_than(operation.judged):
        pin_and_tell(operation, now, work)
    return ""


def asks_for_signature(operation: Operation) -> bool:
    """Whether a vote on what waits counts only where it is signed: by what was pinned, or by the rules of today."""
    if operation.needs_signed or operation.is_final:
        return operation.needs_signed
    try:
        signing = versions.in_force().rules.signing(operation.kind)
    except versions.NoPolicy:
        return False
    return bool(signing) and again(operation).is_signed


def pin_and_tell(operation: Operation, now: Verdict, work: Unit) -> None:
    before, now = operation.judged.words, now.no_milder_than(operation.judged)
    pin(operation, now, at=work.now)
    operation.note(work, JUDGED_AGAIN, detail={"before": before, "needs": now.words, "policy": now.rule})


def pin(operation: Operation, verdict: Verdict, *, at: datetime) -> None:
    """Puts a stricter verdict in the place of the one that held, and both on record."""
    text = canonical(verdict.fields())
    seen = seen_of(operation.payload_hash, operation.snapshot, text)
    before = {"verdict_before": operation.verdict, "seen_before": operation.seen}
    judged = {"verdict": text, "seen": seen, "needs": verdict.needs, "policy_id": verdict.policy}
    judged |= {"needs_signed": verdict.is_signed}
    Judgement.objects.create(operation=operation, at=at, **judged, **before)
    quorum.pin_stricter(operation, verdict)
    Operation.objects.filter(pk=operation.pk).update(**judged, rule_id=verdict.rule_id)
    operation.refresh_from_db()
    operation.__dict__.pop("judged", None)


def alone(login: int, by: Any) -> None:
    """Until this unit ends nobody else submits for the login or in this person's name; on SQLite a unit is alone as it is."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOGIN_LOCK, login % 2**31])
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [PERSON_LOCK, by.person_id.int % 2**31])


def _of_rates(rates: Rates, checks: Sequence[Check]) -> list[Check]:
    """That a rate is missing, where it was: it is why stricter rules apply than the amount alone would bring about."""
    said = [
        Check("warn", f"No fresh FX rate of {currency}: every bound in USD counts as reached.")
        for currency in rates.missing
    ]
    return [check for check in said if check not in checks]


def _of_maker(by: Any) -> dict[str, Any]:
    return {"maker": str(by.person_id), "maker_role": frozenset(str(role) for role in by.roles)}


def _usd(facts: Mapping[str, Any], rates: Rates) -> Decimal | None:
    """What it moves, in USD; None where no fresh rate tells, and for what moves no money."""
    amount, currency = facts.get("amount"), facts.get("currency")
    return None if amount is None or not currency else rates.usd(amount, currency)


def _with_own(window: Window, others: Sum | None, facts: Mapping[str, Any], rates: Rates) -> Decimal | None:
    """The window with this instruction counted in, in USD or in number; None where it cannot be told."""
    if others is None or not others.is_known:
        return None
    is_in_it = fits(facts["kind"], window.of)
    if window.counts:
        return Decimal(others.count + is_in_it)
    amounts = [rates.usd(amount, currency) for currency, amount in others.amounts.items() if currency]
    amounts += [facts["usd"]] if is_in_it else []
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None
