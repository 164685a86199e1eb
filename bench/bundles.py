"""What a bundle of five hundred costs beside one of fifty: the unit that writes it down, its page, the queue, its hundreds."""

import os
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

import django

django.setup()

from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve
from uuid_utils.compat import uuid7

from backoffice.operations import submission
from backoffice.operations.bundles import deciding, following, submitting
from backoffice.operations.bundles.queries import MOST
from backoffice.operations.bundles.shown import shown
from backoffice.operations.instructions import reference
from backoffice.operations.models import Bundle
from backoffice.operations.reasons import Reason
from backoffice.operators.models import Operator
from bench.figures import ratios, told
from bench.fill import FIRST_LOGIN, analyze, place
from bench.one_supervisor import publish
from funding.instructions import Deposit

ROUNDS = 10 if os.environ.get("BENCH") == "full" else 3
MANY, FEW, ALONE = MOST, 50, 50
WHY = Reason("BANK_WIRE")


class Spent(NamedTuple):
    """Milliseconds by the clock on the wall, and of this process's own CPU: with SQLite the database's are in them."""

    wall: float
    cpu: float


def main() -> None:
    mia, carl = (Operator.objects.get(username=name) for name in ("mia", "carl"))
    publish()
    for n in range(ALONE):
        pk, asked, kept = one(n)
        submission.submit(asked, pk=pk, snapshot=kept, reason=WHY, by=mia)
    analyze()
    before = [timed(partial(page, carl, "/approvals/")) for _ in range(ROUNDS)]
    rounds = [a_round(mia, carl) for _ in range(ROUNDS)]
    print(f"a bundle of {MANY} beside one of {FEW}, {place()}, {ROUNDS} rounds (milliseconds)")
    for label in rounds[0]:
        show(label, [each[label][1] for each in rounds], [each[label][0] for each in rounds])
    analyze()
    queue = [timed(partial(page, carl, "/approvals/")) for _ in range(ROUNDS)]
    print(f"the queue of {ALONE} requests, then with {ROUNDS} bundles of {MANY} and {ROUNDS} of {FEW} besides")
    show("its page", queue, before)


def a_round(mia: Operator, carl: Operator) -> dict[str, tuple[Spent, Spent]]:
    """What each thing takes that is done with a small bundle, and with a large one; one more of each is left waiting."""
    figures: dict[str, list[Spent]] = {}
    for size in (FEW, MANY):
        figures.setdefault("the unit that writes it down", []).append(timed(partial(submitted, mia, size)))
        submitted(mia, size)
        bundle, _ = Bundle.objects.filter(count=size, state="pending").order_by("-made_at")[:2]
        figures.setdefault("its page", []).append(timed(partial(page, carl, f"/bundles/{bundle.pk}/")))
        figures.setdefault("its approval", []).append(timed(partial(approved, bundle, carl)))
        figures.setdefault("its release, in hundreds", []).append(timed(released))
    return {label: (few, many) for label, (few, many) in figures.items()}


def submitted(by: Operator, size: int) -> Bundle:
    asked = [submitting.Asked(instruction, pk, kept) for pk, instruction, kept in map(one, range(size))]
    return submitting.submit(asked, pk=uuid7(), about=submitting.About(f"Bench of {size}", WHY, by))


def one(n: int) -> tuple[Any, Deposit, dict[str, Any]]:
    """A deposit for the n-th login: its id, what is asked, and the account as its maker saw it."""
    pk, login = uuid7(), FIRST_LOGIN + n
    comment = f"{reference('DEP', pk)} bench"
    kept = {"login": login, "name": "", "group": "real\\x", "balance": "0.00", "credit": "0.00", "currency": "USD"}
    return pk, Deposit(login=login, amount=Decimal(1), currency="USD", comment=comment, method="BANK_WIRE"), kept


def page(by: Operator, path: str) -> HttpResponse:
    """The page as its view draws it for this person, without what the middleware does for every page alike."""
    request: Any = RequestFactory().get(path)
    request.user, request.htmx, request.session = by, False, {}
    request.resolver_match = found = resolve(path)
    response: HttpResponse = found.func(request, *found.args, **found.kwargs)
    if response.status_code != HttpResponse.status_code:
        raise RuntimeError(f"{path} answered {response.status_code}; its figure would be worth nothing.")
    return response


def approved(bundle: Bundle, by: Operator) -> None:
    deciding.approve(bundle.pk, by=by, seen=shown(bundle).seen, reason=Reason("WITHIN_POLICY"))


def released() -> None:
    while following.follow("funding"):
        pass


def timed(act: Callable[[], Any]) -> Spent:
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return Spent(1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu))


def show(label: str, many: Sequence[Spent], few: Sequence[Spent]) -> None:
    for name in Spent._fields:
        figures = [getattr(each, name) for each in few], [getattr(each, name) for each in many]
        less, more = (told(each, ".1f") for each in figures)
        print(f"  {label + ', ' + name:<34} {less:<26} {more:<26} x {told(ratios(figures[1], figures[0]), '.1f')}")


if __name__ == "__main__":
    main()
