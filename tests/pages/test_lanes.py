"""Paused kinds and planned maintenance as people use them, on a page that is live, and with or without a script."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.operations import breaker, lanes, maintenance, stops
from backoffice.operations.breaker import Heard
from backoffice.operations.meaning import Signal
from backoffice.operations.models import Lane, Maintenance
from backoffice.ui import text
from tests.operations import rows
from tests.pages.stage import apart
from tests.pages.test_connections import FINE, WHY, card
from tests.ui.axe import violations

pytestmark = pytest.mark.browser

HOUR = timedelta(hours=1)
NEW, DONE = "MT5 gets a new version.", "The new version runs already."
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def plan(by, *, begins, names=("funding",), reason=NEW):
    at = clock.now() + begins
    maintenance.plan(names, starts_at=at, ends_at=at + 2 * HOUR, reason=reason, by=by)


def typed(moment):
    return moment.astimezone(text.server_zone()).strftime("%Y-%m-%dT%H:%M")


def windows(page):
    return page.get_by_role("region", name="Planned maintenance").locator("tbody tr")


def test_a_kind_is_paused_by_choosing_it_and_reopened_from_a_page_that_was_there_before(at_desk, ada, carl, sandbox):
    hers, his = at_desk(ada), at_desk(carl)
    for page in (hers, his):
        page.goto("/connections/")

    card(his).get_by_role("link", name="Pause Funding…").click()
    his.get_by_role("dialog").get_by_label("What is paused").select_option(label="Withdrawals")
    his.get_by_role("dialog").get_by_label("Why").fill(WHY)
    his.get_by_role("button", name="Pause", exact=True).click()
    expect(his.locator(".banner")).to_contain_text(f"Withdrawals are paused by Carl: {WHY}")
    expect(card(his)).to_contain_text("Open")

    # Her page knew of no paused kind when it was made: the dialog comes with the page that the link leads to.
    card(hers, "Withdrawals").get_by_role("link", name="Propose reopening…").click()
    hers.get_by_role("dialog").get_by_label("Why it may be reopened").fill(FINE)
    hers.get_by_role("button", name="Propose reopening").click()
    expect(card(hers, "Withdrawals")).to_contain_text("You proposed it; another person confirms it.")

    card(his, "Withdrawals").get_by_role("button", name="Confirm: reopen Withdrawals").click()
    expect(his.get_by_role("status")).to_contain_text("Reopened: Withdrawals")
    expect(card(his, "Withdrawals")).to_have_count(0)
    assert not Lane.objects.filter(stopped_at__isnull=False).exists()


@pytest.mark.parametrize("with_script", [True, False])
def test_maintenance_is_planned_in_the_servers_time_and_taken_back(at_desk, carl, sandbox, with_script):
    begins = clock.now() + 2 * HOUR
    page = at_desk(carl, java_script_enabled=with_script, timezone_id="Asia/Tokyo")
    page.goto("/connections/")

    page.get_by_role("link", name="Plan maintenance…").click()
    form = page.locator("#plan")
    form.get_by_label("Accounts").uncheck()
    form.get_by_label("Begins").fill(typed(begins))
    form.get_by_label("Ends").fill(typed(begins - HOUR))
    form.get_by_label("Why").fill(NEW)
    form.get_by_role("button", name="Plan maintenance").click()
    expect(form).to_contain_text("It ends after it begins.")
    expect(form.get_by_label("Begins")).to_have_value(typed(begins))
    form.get_by_label("Ends").fill(typed(begins + HOUR))
    form.get_by_role("button", name="Plan maintenance").click()

    expect(windows(page)).to_have_count(2)
    expect(windows(page).first).to_contain_text(f"{begins.astimezone(text.server_zone()):%H:%M %Z}")
    expect(page.locator(".banner")).to_have_count(0)
    windows(page).filter(has_text="Reporting").get_by_role("button", name=re.compile("Withdraw")).click()
    expect(windows(page)).to_have_count(1)
    assert [window.lane for window in Maintenance.objects.filter(withdrawn_at=None)] == ["funding"]


def test_two_people_end_it_early(at_desk, ada, carl, sandbox):
    apart(lambda: plan(carl, begins=timedelta()))
    hers, his = at_desk(ada), at_desk(carl)
    for page in (hers, his):
        page.goto("/connections/")
        expect(page.locator('.banner[data-tone="info"]')).to_contain_text(NEW)

    windows(his).get_by_role("link", name="End early… Funding").click()
    his.get_by_role("dialog").get_by_label("Why it may end now").fill(DONE)
    his.get_by_role("button", name="Propose to end it").click()
    expect(windows(his)).to_contain_text("You proposed it; another person confirms it.")

    expect(windows(hers)).to_contain_text(DONE)
    windows(hers).get_by_role("button", name="Confirm: end it for Funding").click()
    expect(windows(hers)).to_have_count(0)
    expect(card(hers)).to_contain_text("One at a time")
    expect(card(hers)).to_contain_text("The maintenance is over.")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_for_every_eye_and_width_whatever_goes_on(at_desk, mia, carl, chen, ada, sandbox, theme):
    def stage():
        rows.queued(mia, carl)
        stops.pause("funding.withdrawal", by=carl, reason=WHY)
        stops.propose_reopening("funding.withdrawal", by=chen, reason=FINE)
        with unit() as work:
            breaker.listen(
                work,
                lanes.hold_all("funding", now=work.now),
                [Heard(Signal.OUT_OF_SCOPE, "funding.deposit", clock.now())],
            )
        plan(ada, begins=timedelta(), names=["accounts", "reporting"])
        plan(chen, begins=26 * HOUR, names=["accounts", "funding"], reason=f"{NEW} " + "And so on and on. " * 14)
        maintenance.propose_end("accounts", by=ada, reason=DONE)

    apart(stage)
    for who, size in ((carl, (1440, 900)), (carl, (360, 800)), (chen, (320, 640)), (mia, (390, 844))):
        viewport = {"width": size[0], "height": size[1]}
        page = at_desk(who, color_scheme=theme, viewport=viewport, reduced_motion="reduce")
        page.goto("/connections/")
        assert violations(page) == [], (who, size)
        assert page.evaluate(TOO_WIDE) == 0, (who, size)
