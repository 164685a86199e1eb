"""Makes docs/pictures/ from a demo of its own, through what people do in it: `python -m tests.pictures`."""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from backoffice.demo import app, ports, processes
from backoffice.demo.cast import CAST, PASSWORD
from backoffice.demo.prepare import prepare
from backoffice.demo.processes import Place
from backoffice.demo.supervise import House
from backoffice.demo.visitor import Visitor
from tests.chromium import FLAGS, chromium
from tests.paper import pdf

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
SIZE: Any = {"width": 1440, "height": 900}
# What the request's device reads like; the demo's visitors are no browsers.
DEVICE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
WIRE = {"method": "BANK_WIRE", "reason_code": "BANK_WIRE"}
SECONDS_TO_SETTLE = 5


class Day:
    """A short day at the broker's: what Mia and Nils ask for, and what Carl makes of it."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.mia, self.nils, self.carl = (self.visitor(name) for name in ("mia", "nils", "carl"))

    def visitor(self, name: str) -> Visitor:
        visitor = Visitor(next(member for member in CAST if member.username == name), url=self.place.url)
        visitor.http.headers["user-agent"] = DEVICE
        visitor.sign_in()
        return visitor

    def ask(self, who: Visitor, kind: str, login: int, amount: str, *, paper: str = "", **typed: str) -> str:
        path = f"/funding/{kind}/?login={login}"
        form = who.form(path, having="amount")
        # A browser sends no radio that nobody chose, so the form that is read has none either.
        form.fields |= {name: "" for name in typed if name not in form.fields}
        form.files += [("evidence_files", (paper, pdf(paper)))] if paper else []
        return who.send(form, at=path, amount=amount, **typed)

    def decide(self, address: str, act: str = "approval", **typed: str) -> None:
        form = self.carl.form(address, to=f"/{act}/")
        self.carl.send(form, at=address, **({"reason_code": "CHECKED_EVIDENCE"} | typed))

    def faulty(self, fault: str, login: int, **params: Any) -> None:
        match = {"path": "/transactions/", "method": "POST", "login": login}
        rule = {"fault": fault, "match": match, "params": params, "times": 1}
        httpx.post(f"{self.place.break_url}/rules", json=rule, trust_env=False).raise_for_status()

    def lived(self) -> str:
        """The address of the deposit that is decided on in the pictures."""
        for login, amount, reference in (
            (128302, "9900.00", "SEPA/2311-4410"),
            (128117, "1200.00", "HBKGB 2311-88390"),
        ):
            self.decide(self.ask(self.mia, "deposit", login, amount, payment_reference=reference, **WIRE))
        self.decide(
            self.ask(self.mia, "deposit", 128130, "3000.00", payment_reference="SEPA/2311-4417", **WIRE), "return",
            reason_code="WRONG_AMOUNT", reason="2,500 by the bank's statement, not 3,000.",
        )  # fmt: skip
        rejected = self.ask(self.nils, "deposit", 128255, "410.55", method="CARD", reason_code="CARD")
        self.decide(rejected, "rejection", reason_code="NAME_MISMATCH", reason="The card is a company's.")
        self.faulty("foreign_conflict", 128202)
        self.decide(self.ask(self.mia, "deposit", 128202, "157.15", **WIRE))
        self.faulty("accepted", 128206, seconds=3600)
        self.decide(self.ask(self.mia, "deposit", 128206, "75.00", **WIRE))
        self.ask(self.mia, "withdrawal", 128044, "2000.00", method="BANK_WIRE", reason_code="CLIENT_REQUEST")
        self.ask(
            self.nils,
            "deposit",
            128254,
            "12000.00",
            payment_reference="SEPA/2026112100451",
            paper="camt-053.pdf",
            **WIRE,
        )
        self.ask(self.mia, "credit", 128301, "1000.00", direction="in", reason_code="PROMOTION")
        self.ask(self.nils, "correction", 128123, "48.15", direction="take", corrects="881204", reason_code="SWAP")
        why = "Wire received this morning, payer is the client."
        wire = WIRE | {"payment_reference": "HBKGB 2311-88412", "value_date": "2026-11-23", "reason": why}
        return self.ask(self.mia, "deposit", 128001, "2500.00", paper="swift-88412.pdf", **wire)


def main() -> None:
    port, manager_port, break_port = ports.free(3)
    with tempfile.TemporaryDirectory() as data, House(say=_only_errors) as house:
        place = Place(data=Path(data), port=port, manager_port=manager_port, break_port=break_port)
        prepare(place)
        house.start([processes.sandbox(place)])
        house.start([processes.web(place), *(processes.worker(place, lane=lane) for lane in processes.LANES)])
        decided_on = Day(place).lived()
        time.sleep(SECONDS_TO_SETTLE)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            take(browser, place.url, decided_on)


def take(browser: Browser, url: str, decided_on: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    shoot = {theme: _camera(browser, url, theme) for theme in ("light", "dark")}
    for theme, camera in shoot.items():
        camera("carl", decided_on, f"decision-{theme}")
    shoot["light"]("mia", "/", "home")
    shoot["light"]("mia", "/funding/deposit/?login=128301", "deposit", _typed_in)
    shoot["dark"]("carl", "/operations/", "operations")
    shoot["light"]("vera", "/audit/", "trail", lambda page: page.locator("tbody summary").nth(4).click())
    shoot["light"]("carl", "/_ui/", "gallery")


def _camera(browser: Browser, url: str, theme: Any) -> Callable[..., None]:
    pages: dict[str, Page] = {}

    def sit_down(who: str) -> Page:
        page = browser.new_context(viewport=SIZE, color_scheme=theme, base_url=url).new_page()
        page.goto("/sign-in/")
        page.get_by_label("Username").fill(who)
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{url}/sign-in/second-factor/")
        for code in app.codes(next(member for member in CAST if member.username == who).seed):
            page.get_by_label("Code").fill(code)
            with page.expect_navigation():
                page.keyboard.press("Enter")
            if page.url == f"{url}/":
                break
        return page

    def shoot(who: str, address: str, name: str, first: Callable[[Page], Any] = lambda page: None) -> None:
        page = pages.setdefault(who, sit_down(who)) if who not in pages else pages[who]
        page.goto(address)
        first(page)
        page.wait_for_timeout(300)
        page.screenshot(path=FOLDER / f"{name}.png")
        print(f"{name}.png  {(FOLDER / f'{name}.png').stat().st_size / 1000:.0f} kB")  # noqa: T201  # a person waits

    return shoot


def _typed_in(page: Page) -> None:
    page.get_by_label("Amount in USD").fill("7300.00")
    page.get_by_label("Payment reference").fill("SEPA/2311-4431")
    page.locator("#effect .checks").wait_for()


def _only_errors(line: str) -> None:
    if "ERROR" in line or "Traceback" in line:
        print(line, file=sys.stderr)  # noqa: T201  # the demo's own words, where something went wrong


if __name__ == "__main__":
    main()
