"""What a verdict costs with a thousand rules and windows of a hundred thousand operations, beside the same submit without it."""

import os
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import django

django.setup()

from django.conf import settings
from django.db import connection
from uuid_utils.compat import uuid7

from backoffice.audit import clock, guards
from backoffice.audit.unit import unit
from backoffice.operations import judging, quorum, submission, versions
from backoffice.operations.draft import drawn_up
from backoffice.operations.instructions import reference
from backoffice.operations.models import SUBMITTED, Operation, Tally
from backoffice.operations.policy import Verdict, judge
from backoffice.operations.reasons import Reason
from backoffice.operators.models import Operator
from bench.one_supervisor import agreed
from funding.instructions import Withdrawal

FULL = os.environ.get("BENCH") == "full"
ROUNDS = 400 if FULL else 100
RULES, BOOKED, UNDER_WAY = 1000, 100_000, 200
LOGIN, HOURS = 128001, 168
ACCOUNT = {
    "login": LOGIN,
    "group": "real\\x",
    "currency": "USD",
    "balance": "900000",
    "equity": "900000",
    "margin": "0",
}
KINDS = ["funding.withdrawal"]
NEW_ID = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}
REFERENCE = {"postgresql": "left(md5(random()::text), 14)", "sqlite": "lower(hex(randomblob(7)))"}


def main() -> None:
    mia = Operator.objects.get(username="mia")
    publish(RULES)
    fill(mia, booked=BOOKED, under_way=UNDER_WAY)
    where = f"{RULES} rules, {BOOKED:,} booked and {UNDER_WAY} under way for the login and for the person"
    print(f"verdicts, {connection.vendor}, {where}, {ROUNDS} rounds (milliseconds)")
    verdict(mia)
    show("a verdict, from facts to rule", lambda: verdict(mia))
    show("the rules alone, none of which applies", judged_alone())
    pairs = [(timed(lambda: with_policy(mia)), timed(lambda: without_policy(mia))) for _ in range(ROUNDS)]
    told("a submit", [judged for judged, _ in pairs])
    told("the same without policy", [plain for _, plain in pairs])
    told("the difference, pair by pair", [judged - plain for judged, plain in pairs])


def publish(count: int) -> None:
    """Rules of all kinds of conditions, none of which applies: every one of them is asked each time."""
    agreed([rule(n) for n in range(count)], note="For the bench.")


def rule(n: int) -> dict[str, Any]:
    bound = str(10**11 - n)
    window = {
        ("sum", "count")[n // 4 % 2]: ("login", "operator")[n // 8 % 2],
        "of": KINDS,
        "hours": (24, HOURS)[n // 16 % 2],
    }
    conditions = (
        [{"fact": "usd", "at_least": bound}],
        [{"fact": "usd", "at_least": "1"}, {"fact": "group", "like": [f"demo\\{n}*"]}],
        [window | {"at_least": bound}],
        [{"fact": "method", "one_of": ["BANK_WIRE"]}, {"fact": "maker", "one_of": [str(uuid7())]}],
    )
    needs = [["supervisor"], ["compliance"]]
    return {"number": str(n), "words": f"Rule {n}", "kinds": KINDS, "needs": needs, "when": conditions[n % 4]}


def fill(mia: Operator, *, booked: int, under_way: int) -> None:
    """Finished and waiting operations of one login by one person, copied in the database, and counted as moves count them."""
    pattern = with_policy(mia)
    columns = [str(field.column) for field in Operation._meta.concrete_fields]
    guards.lift_all(connection)
    with connection.cursor() as cursor:
        for state, count in (("applied", booked), ("awaiting_approval", under_way)):
            new = {"id": NEW_ID[connection.vendor], "reference": REFERENCE[connection.vendor], "state": f"'{state}'"}
            values = ", ".join(new.get(column, f'"{column}"') for column in columns)
            names = ", ".join(f'"{column}"' for column in columns)
            numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
            insert = (
                f"{numbers} INSERT INTO operations_operation ({names}) SELECT {values} FROM operations_operation, n"
            )
            cursor.execute(f"{insert} WHERE reference = %s", [pattern.reference])
        # As a database looks that has stood for a while.
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    Tally.objects.bulk_create(
        Tally(
            environment=settings.MANAGER_ENVIRONMENT,
            subject=subject,
            hour=now - timedelta(hours=hour),
            kind=kind,
            currency="USD",
            count=booked // HOURS,
            amount=60000,
        )
        for subject in (f"login:{LOGIN}", f"person:{mia.person_id.hex}")
        for hour in range(HOURS)
        for kind in KINDS
    )
    guards.install(connection)


def asked() -> Withdrawal:
    comment = reference("WDR", uuid7())
    return Withdrawal(login=LOGIN, amount=Decimal("9.90"), currency="USD", comment=comment, method="BANK_WIRE")


def verdict(mia: Operator) -> Verdict:
    return judging.verdict(asked(), account=ACCOUNT, checks=(), by=mia)


def judged_alone() -> Callable[[], Verdict]:
    """The pure function, on facts and sums that are there already."""
    rules = versions.in_force().rules
    facts = asked().facts(ACCOUNT) | {"usd": Decimal("9.90"), "maker": "", "maker_role": frozenset()}
    sums = {window: Decimal(1) for window in rules.windows("funding.withdrawal")}
    return lambda: judge(facts, rules, sums, policy=2)


def with_policy(mia: Operator) -> Operation:
    instruction, pk = asked(), uuid7()
    return submission.submit(instruction, pk=pk, snapshot=ACCOUNT, reason=Reason("CLIENT_REQUEST"), by=mia)


def without_policy(mia: Operator) -> Operation:
    """What `submission.submit` does but for judging: the same locks, row, places and entry, on a verdict out of the air."""
    instruction, pk = asked(), uuid7()
    plain = Verdict(judge({}).places, "None.", (), versions.in_force().number)
    with unit() as work:
        judging.alone(LOGIN, mia)
        drawn: dict[str, Any] = {"snapshot": ACCOUNT, "verdict": plain, "reason": Reason("CLIENT_REQUEST")}
        operation = drawn_up(instruction, pk=pk, by=mia, resubmission_of=None, **drawn)
        operation.save(force_insert=True)
        quorum.pin(operation, plain)
        operation.note(work, SUBMITTED, by=mia, detail={"payload": operation.payload})
    return operation


def timed(act: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def show(label: str, act: Callable[[], Any]) -> None:
    told(label, [timed(act) for _ in range(ROUNDS)])


def told(label: str, seconds: list[float]) -> None:
    ms = sorted(1000 * value for value in seconds)
    tenth = len(ms) // 10
    print(f"  {label:<40} median {statistics.median(ms):7.2f}   p10 {ms[tenth]:7.2f}   p90 {ms[-1 - tenth]:7.2f}")


if __name__ == "__main__":
    main()
