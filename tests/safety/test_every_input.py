"""Every address, every form and every parameter, with whatever somebody may send: none is answered with 500.

`INPUTS=100000 pytest tests/safety/test_every_input.py` tries so many; without it a few thousand.
"""

import ast
import logging
import os
import re
import time
from collections import Counter

import pytest
from django import forms
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from backoffice.governance.models import Change
from backoffice.governance.roles import RoleGrant
from backoffice.operators.models import Operator
from tests import play
from tests.access_table import ROLES, TABLE
from tests.attacks import code
from tests.governance import house
from tests.governance.house import proposed
from tests.pages.stage import Cast, every_state
from tests.safety import hostile
from tests.test_access import enter, leads_to_sign_in

logger = logging.getLogger(__name__)
INPUTS = int(os.environ.get("INPUTS", "2500"))
SLOW = 20.0  # seconds; nothing that is typed may cost so much
CONVERTER = re.compile(r"<(\w+):(\w+)>")
TYPED = {"login": "128001", "amount": "250.00", "reason": "Wire received this morning.", "words": "Wire", "days": "30"}


@pytest.fixture
def house_at_work(mia, nils, carl, chen, cora, fay, filip, vera, ada, amir, sandbox, signed_in, settings):
    """Operations in every state, a proposed change, people: so that there is something behind each address."""
    for role in ROLES:
        enter(role)
    house.found()
    settings.UNCERTAIN_LIMIT, settings.MANAGER_PROCESSING, settings.MANAGER_SKEW = 600, 0, 0
    operations = every_state(Cast(signed_in(mia), signed_in(carl), signed_in(chen)), sandbox)
    sandbox.clear()
    change = proposed(RoleGrant(operator=carl.operator_id, role="finance"), ada)
    return {"operations": [str(operation.pk) for operation in operations.values()], "change": str(change.pk)}


def vocabulary():
    """Every name that any form, filter or view asks for."""
    named = {name for form in _all(forms.BaseForm) for name in getattr(form, "base_fields", {})}
    for tree in code.modules().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call | ast.Subscript) and re.search(r"\b(GET|POST|asked)\b", ast.unparse(node)):
                inside = node.args if isinstance(node, ast.Call) else [node.slice]
                named |= {
                    part.value for part in inside if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
    return sorted(name for name in named if name.isidentifier() and len(name) > 1)


def _all(kind):
    return {kind, *(each for below in kind.__subclasses__() for each in _all(below))}


def addresses(there):
    """Each address with each role that may use it, by each method: [(role, method, address)]."""
    for route, rows in TABLE.items():
        for place, role in enumerate(ROLES):
            for method in ("GET", "POST"):
                if rows[method][place] and route != "sign-out/":
                    yield from ((role, method, address) for address in _filled(route, there))


def _filled(route, there):
    kinds = {name: kind for kind, name in CONVERTER.findall(route)}
    if kinds.get("pk") == "uuid":
        pks = [there["change"]] if route.startswith("changes/") else there["operations"]
    else:
        pks = (
            [str(pk) for pk in Operator.objects.order_by("pk").values_list("pk", flat=True)[:2]]
            if "pk" in kinds
            else [""]
        )
    values = {"login": "128001", "lane": "funding", "vote": "1", "sha256": "0" * 64}
    for pk in pks:
        yield "/" + CONVERTER.sub(lambda found, pk=pk: pk if found[2] == "pk" else values.get(found[2], "x"), route)


def targets(there, clients):
    """Those addresses, and each form that stands on one of their pages, as it would be sent: (role, method, address, fields)."""
    found = [(role, method, address, {}) for role, method, address in addresses(there)]
    for role, method, address, _ in list(found):
        if method == "GET":
            shown = clients[role].get(address)
            for action, verb, fields in hostile.Forms(
                play.page(shown) if "html" in shown.headers.get("Content-Type", "") else ""
            ).found:
                at = action if action.startswith("/") else address
                if not at.startswith("/sign-out/"):
                    found.append(
                        (role, verb.upper(), at, fields | {name: TYPED[name] for name in fields if name in TYPED})
                    )
    return list(
        {
            (role, method, at, tuple(sorted(fields))): (role, method, at, fields) for role, method, at, fields in found
        }.values()
    )


@pytest.mark.slow
@pytest.mark.timeout(60 + INPUTS // 2)
@pytest.mark.django_db(transaction=True)
def test_nothing_that_is_sent_breaks_anything(house_at_work):
    clients = {role: _fresh(role) for role in ROLES}
    aims, told, tried = targets(house_at_work, clients), {}, Counter()
    names = sorted({*vocabulary(), *(name for *_, fields in aims for name in fields)})
    assert len({address for *_, address, _ in aims}) > len(TABLE) - 5
    assert {"amount", "login", "after", "case", "seen", "sight", "month"} <= set(names), names

    @settings(
        max_examples=INPUTS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.sampled_from(aims),
        st.lists(st.tuples(st.sampled_from(names), hostile.MARKS, hostile.VALUES), max_size=4),
        st.lists(st.tuples(st.integers(0, 60), hostile.VALUES), max_size=3),
        hostile.KINDS,
        st.booleans(),
    )
    def send(aim, added, changed, kind, is_part):
        role, method, address, fields = aim
        pairs = _hostile(fields, added, changed)
        begun = time.monotonic()
        answer = _sent(clients[role], method, address, pairs, kind, is_part=is_part)
        tried[answer.status_code] += 1
        if (answer.status_code >= 500 and answer.status_code != 503) or time.monotonic() - begun > SLOW:
            told[f"{method} {address} as {role}"] = (
                answer.status_code,
                [(name, value[:60]) for name, value in pairs],
                kind,
            )
        if role != "anonymous" and leads_to_sign_in(answer):
            clients[role] = _fresh(role)

    send()

    logger.warning("%s inputs at %s aims: %s", sum(tried.values()), len(aims), dict(sorted(tried.items())))
    assert told == {}
    assert sum(tried.values()) >= INPUTS * 0.9
    assert Change.objects.exists()


def _fresh(role):
    client = enter(role)
    client.raise_request_exception = False
    return client


def _hostile(fields, added, changed):
    """What the form would send, with up to three of its values exchanged, and up to four more that may come twice."""
    kept = list(fields.items())
    for place, value in changed:
        if kept:
            kept[place % len(kept)] = (kept[place % len(kept)][0], value)
    return kept + [(name + mark, value) for name, mark, value in added]


def _sent(client, method, address, pairs, kind, *, is_part):
    headers = {"HX-Request": "true"} if is_part else {}
    if method == "GET":
        return client.generic("GET", address, QUERY_STRING=hostile.encoded(pairs).decode(), headers=headers)
    sent, said = hostile.body(kind, pairs)
    return client.generic(method, address, sent, content_type=said, headers=headers)


@pytest.mark.django_db
@pytest.mark.parametrize("word", [word for word in hostile.WORDS if len(word) < 5000])
def test_no_word_in_an_address_breaks_anything(word, sandbox):
    """What stands where an id, a login or a lane would."""
    client = _fresh("supervisor")
    for route in (
        "accounts/{}/",
        "operations/{}/",
        "connections/{}/pause/",
        "people/{}/",
        "changes/{}/",
        "{}",
        "_ui/{}/",
    ):
        path = "/" + route.format(hostile._quoted(word))
        assert client.get(path).status_code in (200, 301, 302, 400, 403, 404, 405, 422), path


def test_a_lone_surrogate_and_a_form_are_sent_as_they_are_meant():
    assert hostile.encoded([("a", "\ud800"), ("b", "1 2")]) == b"a=%ED%A0%80&b=1+2"
    assert hostile.Forms(
        "<form action=/x method=post><select name=s><option value=1><option value=2></select></form>"
    ).found == [("/x", "post", {"s": "1"})]
