"""What everything that stands before a page costs: a signed-in page through all middleware, over the same view alone.

Alone is not naked: who is signed in, their session, their messages and what htmx says are looked up, since the page itself
asks for them. What is left out is what checks: headers, sizes, origin, roles, the sitting's clock, the policy, the trail.
"""

import gc
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from typing import Any

import django

django.setup()

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.messages.storage import default_storage
from django.core.handlers.base import BaseHandler
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from django.utils.functional import SimpleLazyObject
from django_htmx.middleware import HtmxDetails
from uuid_utils.compat import uuid7

from backoffice.audit.unit import unit
from backoffice.operations import snapshot, submission
from backoffice.operations.instructions import reference
from backoffice.operations.models import Operation
from backoffice.operations.reasons import Reason
from backoffice.operators import proving
from backoffice.operators.models import Operator, Proof, Sitting
from bench import fill
from bench.figures import ratios, told
from funding.instructions import Deposit

FULL = os.environ.get("BENCH") == "full"
ROUNDS, EACH = (15, 60) if FULL else (9, 20)
WAITING, WARM = 50, 10
# Python 3.11 asks the system for its stack 16 KiB at a time and gives each piece back at once. Where a page's busiest calls happen to
# lie on such an edge, it takes a third longer; so each page of a round begins so many frames deeper than the one before.
FRAMES = 4
AT_MOST = 1.3
Ask = Callable[[], HttpResponse]


@dataclass(frozen=True)
class Way:
    """One page as one person in one browser, asked in both ways."""

    path: str
    cookies: dict[str, str]

    def whole(self) -> HttpResponse:
        answer: Any = HANDLER.get_response(self._request())
        return answer  # type: ignore[no-any-return]

    def alone(self) -> HttpResponse:
        request: Any = self._request()
        request.session = SESSIONS.SessionStore(self.cookies[settings.SESSION_COOKIE_NAME])
        # Behind the same veil as in earnest, which each look through it pays for.
        request.user = SimpleLazyObject(lambda: get_user(request))
        request._messages = default_storage(request)  # noqa: SLF001  # where Django's own middleware puts it
        request.htmx = HtmxDetails(request)
        view, args, kwargs = resolve(self.path)
        answer: HttpResponse = view(request, *args, **kwargs)
        return answer

    def _request(self) -> Any:
        request = RequestFactory(SERVER_NAME="localhost", headers={"user-agent": "bench"}).get(self.path)
        request.COOKIES = dict(self.cookies)
        return request


HANDLER = BaseHandler()
HANDLER.load_middleware()
SESSIONS = import_module(settings.SESSION_ENGINE)


def main() -> int:
    mia, carl = (Operator.objects.get(username=name) for name in ("mia", "carl"))
    waiting = [submitted(n, mia) for n in range(WAITING)]
    cookies = signed_in(carl)
    print(f"a signed-in page, {ROUNDS} rounds of {EACH} each way, {WAITING} waiting, {fill.place()}")
    pages = {"the queue": "/approvals/", "the page of a decision": f"/operations/{waiting[0].pk}/"}
    medians = [measured(label, Way(path, cookies)) for label, path in pages.items()]
    return 1 if max(medians) > AT_MOST else 0


def submitted(n: int, mia: Operator) -> Operation:
    pk, login = uuid7(), fill.FIRST_LOGIN + n
    account = snapshot.live(login, by=mia)
    comment = f"{reference('DEP', pk)} bench"
    asked = Deposit(
        login=login, amount=Decimal(250 + n), currency=account.currency, comment=comment, method="BANK_WIRE"
    )
    kept = snapshot.snapshot(account)
    return submission.submit(asked, pk=pk, snapshot=kept, reason=Reason("BANK_WIRE"), by=mia)


def signed_in(operator: Operator) -> dict[str, str]:
    """The cookies of somebody who came in with their second factor: every row is there that a sign-in leaves."""
    client = Client(headers={"user-agent": "bench"})
    client.force_login(operator)
    sitting = Sitting.objects.get(operator=operator)
    # The proof and its entry first: the database takes no factor of a sitting that was not proved in it.
    with unit() as work:
        fields = {"factor": 0, "method": Proof.Method.PASSKEY}
        proving.keep(work, by=operator, sitting=sitting.pk, purpose=proving.SIGN_IN, **fields)
    Sitting.objects.filter(pk=sitting.pk).update(factor=Proof.Method.PASSKEY)
    return {name: morsel.value for name, morsel in client.cookies.items()}


def measured(label: str, way: Way) -> float:
    """The median of the rounds' ratios. In a round the two go by turns, and which of them begins changes with each pair."""
    for ask in (way.whole, way.alone):
        for _ in range(WARM):
            insist(ask())
    rounds = [one_round(way) for _ in range(ROUNDS)]
    asked, needed = statements(way.whole), statements(way.alone)
    print(f"  {label}: {len(asked)} statements, {len(needed)} of them the view's own")
    over = [show(words, [each[n] for each in rounds]) for n, words in enumerate(("by the clock", "this process's CPU"))]
    if os.environ.get("PROFILE"):
        own = {sql.partition("WHERE")[0] for sql in needed}
        print("".join(f"      {sql[:160]}\n" for sql in asked if sql.partition("WHERE")[0] not in own))
    return over[0]


def show(words: str, rounds: Sequence[tuple[float, float]]) -> float:
    wholes, alones = ([1000 * took for took in column] for column in zip(*rounds, strict=True))
    over = ratios(wholes, alones)
    print(f"    {words:<20}{told(wholes, '.1f')} ms over {told(alones, '.1f')} ms: {told(over, '.2f')}", flush=True)
    return statistics.median(over)


def one_round(way: Way) -> tuple[tuple[float, float], tuple[float, float]]:
    """Seconds of one page, whole and alone, as the medians of this round: by the clock, and of CPU."""
    whole: list[tuple[float, float]] = []
    alone: list[tuple[float, float]] = []
    for n in range(EACH):
        both = ((way.whole, whole), (way.alone, alone))
        for ask, kept in both if n % 2 else both[::-1]:
            # What one leaves behind is not swept up in the time of the other.
            gc.collect()
            gc.disable()
            begun, used = time.perf_counter(), time.process_time()
            answer = from_depth(n * FRAMES, ask)
            kept.append((time.perf_counter() - begun, time.process_time() - used))
            del answer
            gc.enable()
    (clock_of_whole, cpu_of_whole), (clock_of_alone, cpu_of_alone) = (
        map(statistics.median, zip(*took, strict=True)) for took in (whole, alone)
    )
    return (clock_of_whole, clock_of_alone), (cpu_of_whole, cpu_of_alone)


def from_depth(frames: int, ask: Ask) -> HttpResponse:
    return from_depth(frames - 1, ask) if frames else ask()


def statements(ask: Ask) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        ask()
    return [each["sql"] for each in asked.captured_queries]


def insist(answer: HttpResponse) -> None:
    if answer.status_code != 200 or b"/sign-out/" not in answer.content:
        raise RuntimeError(f"This is not the page: {answer.status_code}. The figure would be worth nothing.")


if __name__ == "__main__":
    raise SystemExit(main())
