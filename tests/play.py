"""What the tests do as people do it: fill in forms as they stand, decide on pages as they stand, let the machine work."""

import time
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.test import Client

from backoffice.operations import execution
from backoffice.operations.models import Bundle, Operation
from backoffice.operations.sealing import sealed
from backoffice.operations.showing import shown
from backoffice.operations.states import FINAL, State
from backoffice.operators.models import Operator

WIRE = {"method": "BANK_WIRE", "reason_code": "BANK_WIRE", "words": "Bank wire"}
WAITS = FINAL | {State.EXCEPTION, State.AWAITING_APPROVAL}


class Fields(HTMLParser):
    """The fields of a page's forms, by the form's action: {action: {name: value}}."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self.current: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.current = self.forms.setdefault(given.get("action", ""), {})
        elif tag == "input" and given.get("type") not in ("radio", "checkbox") and "name" in given:
            self.current[given["name"]] = given.get("value", "")


def page(response: HttpResponse) -> str:
    return response.content.decode()


def filled(client: Client, path: str, login: int, **typed: Any) -> dict[str, Any]:
    """The form of a page as it stands, with what a person types into it."""
    shown = page(client.get(f"{path}?login={login}"))
    form = next(form for form in Fields(shown).forms.values() if "form_id" in form)
    return form | {name: value if isinstance(value, UploadedFile) else str(value) for name, value in typed.items()}


def submit(client: Client, path: str, login: int, **typed: Any) -> HttpResponse:
    return client.post(path, filled(client, path, login, **typed))


def deposited(client: Client, login: int, amount: str, **typed: Any) -> Operation:
    """A deposit by bank wire, submitted; the operation that came of it."""
    response = submit(client, "/funding/deposit/", login, amount=amount, **(WIRE | typed))
    assert response.status_code == 302, page(response)
    return found(response)


def found(response: HttpResponse) -> Operation:
    """The operation that an answer leads to."""
    return Operation.objects.get(pk=UUID(response.headers["Location"].split("/")[2]))


def decide(client: Client, operation: Operation, act: str = "approval", **typed: Any) -> HttpResponse:
    """A supervisor's decision, bound to what the row says is to be seen, with a sight as the page would sign it for them.

    It asks for no page first, so that a decision may also be sent which no page offers any more.
    """
    by = Operator.objects.get(pk=client.session[SESSION_KEY])
    code = "WITHIN_POLICY" if act == "approval" else "WRONG_AMOUNT"
    sight = sealed(shown(operation, by=by, page="operation"), operation, by=by)
    fields = {"seen": operation.seen, "sight": sight, "reason_code": code} | typed
    return client.post(f"/operations/{operation.pk}/{act}/", fields)


def approved(maker: Client, checker: Client, login: int, amount: str, **typed: Any) -> Operation:
    operation = deposited(maker, login, amount, **typed)
    assert decide(checker, operation).status_code == 302
    return operation


def decided_by_all(operation: Operation, *checkers: Client) -> Operation:
    """Approved by as many of these as the policy still asks for; whose place is filled is told so."""
    for checker in checkers:
        operation.refresh_from_db()
        if operation.state == State.AWAITING_APPROVAL:
            assert decide(checker, operation).status_code in (302, 409)
    operation.refresh_from_db()
    return operation


def settle(operation: Operation, *, within: float = 30, lane: str = "funding") -> Operation:
    """Lets the lane's machine work until the operation waits for nobody but people; fails where that takes too long."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        execution.drain(lane, until=0.5)
        operation.refresh_from_db()
        if operation.state in WAITS:
            return operation
        time.sleep(0.05)
    raise AssertionError(f"Still {operation.state} after {within} s.")


def bundled(client: Client, operations: Sequence[Operation], title: str, **typed: Any) -> Bundle:
    """A maker ticks these on the page of what could be one bundle, and submits them as one."""
    kind = operations[0].kind
    shown = page(client.get("/bundles/new/", {"kind": kind}))
    cases = [f"{row.pk}:{row.seen}" for row in operations]
    assert all(f'value="{case}"' in shown for case in cases), shown
    form = Fields(shown).forms["/bundles/new/"] | {"title": title, "reason_code": "SAME_CAUSE", "case": cases}
    response = client.post("/bundles/new/", form | typed)
    assert response.status_code == 302, page(response)
    return Bundle.objects.get(pk=UUID(response.headers["Location"].split("/")[2]))


def decide_all(client: Client, bundle: Bundle, *, totals: dict[str, str], act: str = "approval") -> HttpResponse:
    """A checker's decision on a bundle, on its page as it stands; `totals` are what they type, by currency."""
    path = f"/bundles/{bundle.pk}/{act}/"
    form = Fields(page(client.get(f"/bundles/{bundle.pk}/"))).forms[path]
    code = "WITHIN_POLICY" if act == "approval" else "WRONG_AMOUNT"
    typed = {f"total_{currency}": total for currency, total in totals.items()} if act == "approval" else {}
    return client.post(path, form | {"reason_code": code} | typed)
