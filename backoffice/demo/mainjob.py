"""The main job, played over HTTP as people play it: Mia deposits, Carl approves, and the Manager has it exactly once."""

import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import PurePosixPath
from typing import Any

import httpx

from backoffice.demo import forms
from backoffice.demo.cast import CAST
from backoffice.demo.processes import Place, manage
from backoffice.demo.visitor import SECONDS, Astray, Visitor

LOGIN = 128001
AMOUNT = "250.00"
ASKED, CHECKED = "The bank told us on the phone.", "The receipt is of the same day."
DEPOSIT = f"/funding/deposit/?login={LOGIN}"
SECONDS_TO_COMPLETE = 30.0
LOOK_EVERY = 0.2
DONE = "Completed"


class MainJob:
    """One run of it; each step says what it did and how long that took. Raises Astray where something is amiss."""

    def __init__(self, place: Place, *, say: Callable[[str], None]) -> None:
        self.place, self.say = place, say
        with ExitStack() as stack:
            self.mia, self.carl = (stack.enter_context(visitor(name, place)) for name in ("mia", "carl"))
            self.people = stack.pop_all()
        self.deposit = forms.Form("", "post")
        self.address = ""

    def play(self) -> None:
        with self.people:
            self.step("Mia and Carl sign in", self.sign_in)
            self.step(f"Mia asks for a deposit of {AMOUNT} to {LOGIN}", self.submit)
            self.step("The same form, sent twice, only leads to the same operation", self.submit_again)
            self.step("Carl approves it", self.approve)
            self.step(f"Its page says {DONE}", self.wait)
        self.step("The Manager's ledger has it once, under its own request id", self.look_into_the_ledger)
        self.step("The audit trail verifies", self.verify)

    def step(self, words: str, act: Callable[[], Any]) -> None:
        begun = time.monotonic()
        act()
        self.say(f"  ok  {words:<66}{time.monotonic() - begun:6.2f} s")

    def sign_in(self) -> None:
        self.mia.sign_in()
        self.carl.sign_in()

    def submit(self) -> None:
        self.deposit = self.mia.form(DEPOSIT, having="amount")
        self.address = self._send_deposit()

    def submit_again(self) -> None:
        if (again := self._send_deposit()) != self.address:
            raise Astray(f"The first time led to {self.address}, the second to {again}.")

    def _send_deposit(self) -> str:
        typed = {"amount": AMOUNT, "method": "BANK_WIRE", "reason_code": "BANK_WIRE", "reason": ASKED}
        return self.mia.send(self.deposit, at=DEPOSIT, payment_reference="DEMO-CHECK-1", **typed)

    def approve(self) -> None:
        form = self.carl.form(self.address, to="/approval/")
        self.carl.send(form, at=self.address, reason_code="CHECKED_EVIDENCE", reason=CHECKED)

    def wait(self) -> None:
        end, is_final, said = time.monotonic() + SECONDS_TO_COMPLETE, False, ""
        while not is_final and time.monotonic() < end:
            time.sleep(LOOK_EVERY)
            is_final, said = self.mia.read_live_part(self.address)
        if not is_final or DONE not in said:
            raise Astray(f"It did not come to {DONE} within {SECONDS_TO_COMPLETE:.0f} s; its page says: {said[:400]}")

    def look_into_the_ledger(self) -> None:
        request_id = PurePosixPath(httpx.URL(self.address).path).name
        answer = httpx.get(f"{self.place.break_url}/ledger", params={"login": LOGIN}, timeout=SECONDS, trust_env=False)
        items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        ours = [item for item in items if item["requestId"] == request_id]
        if len(ours) != 1:
            raise Astray(f"The ledger has {len(ours)} deals with the request id {request_id}, not one.")
        compare(ours[0], operatorId=self.mia.member.username, type="deposit", amount=float(AMOUNT), status="applied")
        if not str(ours[0]["comment"]).startswith("DEP-"):
            raise Astray(f"The deal's comment is {ours[0]['comment']}, which does not begin with our reference.")

    def verify(self) -> None:
        told = subprocess.run(
            manage("audit", "verify"), env=self.place.environment(), capture_output=True, text=True, check=False
        )
        if told.returncode:
            raise Astray(f"audit verify: {told.stdout.strip()} {told.stderr.strip()}")


def visitor(name: str, place: Place) -> Visitor:
    return Visitor(next(member for member in CAST if member.username == name), url=place.url)


def compare(deal: dict[str, Any], **wanted: object) -> None:
    for name, value in wanted.items():
        if deal[name] != value:
            raise Astray(f"The deal's {name} is {deal[name]}, not {value}.")
