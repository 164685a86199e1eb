"""The main job in a real browser: two people, two windows, and the machine at work behind them."""

import re
import threading
from collections.abc import Iterator

import pytest
from django.db import connections
from playwright.sync_api import expect

from backoffice.operations import execution

pytestmark = [pytest.mark.browser, pytest.mark.smoke]


@pytest.fixture
def funding_lane(live_server, sandbox) -> Iterator[None]:
    """Works the funding lane in a thread of its own for as long as the test lasts, as its worker would."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.1):
            execution.drain("funding", until=1, stopping=over.is_set)
        connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    yield
    over.set()
    worker.join()


def test_mia_deposits_carl_approves_and_the_manager_has_it_once(at_desk, mia, carl, sandbox, funding_lane, settings):
    settings.MANAGER_DEADLINE, settings.LEASE = 10, 21  # as shipped: a busy machine may take longer than tests allow
    before = len(sandbox.ledger(128001))
    hers, his = at_desk(mia), at_desk(carl)

    hers.goto("/funding/deposit/?login=128001")
    hers.get_by_label("Amount in USD").first.fill("250.00")
    hers.get_by_label("Payment method").select_option("BANK_WIRE")
    hers.get_by_label("Reason", exact=False).first.select_option("BANK_WIRE")
    hers.get_by_role("button", name="Submit for approval").click()
    hers.wait_for_url(re.compile("/operations/"))

    his.goto(hers.url)
    his.get_by_label("Reason", exact=False).first.select_option("CHECKED_EVIDENCE")
    his.get_by_role("button", name="Approve").click()

    # Her page asks by itself; she does not reload it.
    expect(hers.locator("#status")).to_contain_text("Completed")
    booked = sandbox.ledger(128001)[before:]
    assert [deal["requestId"] for deal in booked] == [hers.url.rstrip("/").rpartition("/")[2]]
