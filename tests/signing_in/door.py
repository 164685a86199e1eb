"""Going through the door as people do: name and password, then the code that the app shows."""

import re
import time
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.http import HttpResponse
from django.test import Client

from backoffice.audit import clock
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.demo import app
from backoffice.demo.cast import CAST, PASSWORD, Member
from backoffice.operators import codes, recovery  # noqa: F401  # asked for by those who open this door
from backoffice.operators.models import Operator, Proof, Sitting
from tests.emptying import guards_aside

# What a test takes for its steps through the door on a busy machine.
LEAST_LEFT = 8.0
FIRST, SECOND = "/sign-in/", "/sign-in/second-factor/"


def member(name: str) -> Member:
    return next(each for each in CAST if each.username == name)


def code(name: str, near: int = 0) -> str:
    """The app's code now, or one of a step before or after, which is good as long as this step is not over."""
    if near and (left := app.PERIOD - time.time() % app.PERIOD) < LEAST_LEFT:
        _wait(left)
    return app.code(member(name).seed, step() + near)


def _wait(seconds: float) -> None:
    """PostgreSQL ends a transaction in which nobody says anything for 5 s, that of a test too."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, 1))
        clock.now()


def step() -> int:
    return int(time.time()) // app.PERIOD


def wrong(name: str) -> str:
    """Six digits that are no code of theirs around now."""
    near = {code(name, by) for by in range(-4, 5)}
    return next(tried for tried in (f"{number:06}" for number in range(100)) if tried not in near)


def knock(client: Client, name: str, password: str = PASSWORD) -> HttpResponse:
    return client.post(FIRST, {"login": name, "password": password})


def enter(client: Client, name: str, near: int = 0) -> HttpResponse:
    """Both steps, as somebody of the cast."""
    assert knock(client, name).headers["Location"] == SECOND
    return client.post(SECOND, {"code": code(name, near)})


def is_in(client: Client) -> bool:
    return client.get("/sessions/").status_code == 200


def told(*actions: str) -> list[Entry]:
    return list(Entry.objects.filter(action__in=[f"operator.{action}" for action in actions]).order_by("seq"))


def bare(name: str = "zoe", *, roles: Any = (), password: str = PASSWORD, **fields: Any) -> Operator:
    """Somebody with a password and nothing else."""
    made = Operator.objects.enrol(
        username=name, name=name.capitalize(), operator_id=name, roles=roles, password=password
    )
    if fields:
        Operator.objects.filter(pk=made.pk).update(**fields)
    return made


def new_codes(of: Operator) -> list[str]:
    """Recovery codes, as their person is shown them once."""
    with unit() as work:
        return recovery.replace(of, work=work)


def seed_shown(response: HttpResponse) -> str:
    """The key that an enrolment page shows beside its picture."""
    found = re.search(r"<p><code>([A-Z2-7 ]{39})</code></p>", response.content.decode())
    assert found, response.content.decode()
    return found[1].replace(" ", "")


def codes_shown(response: HttpResponse) -> list[str]:
    return re.findall(r"<li><code>([a-z2-9]{7}(?:-[a-z2-9]{7}){3})</code></li>", response.content.decode())


def grow_old(sitting: Sitting, **by: float) -> None:
    """It began so much earlier."""
    with guards_aside():
        Sitting.objects.filter(pk=sitting.pk).update(began_at=F("began_at") - timedelta(**by))


def age_proofs(**by: float) -> None:
    """Whatever was given so far was given so much earlier."""
    with guards_aside():
        Proof.objects.update(at=F("at") - timedelta(**by))
