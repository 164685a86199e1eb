"""The connections' page as people use it: stopping everything takes seconds, reopening takes two, with or without a script."""

import re

import pytest
from playwright.sync_api import expect

from backoffice.operations import stops
from backoffice.operations.models import Lane
from tests.pages.stage import apart
from tests.ui.axe import violations

pytestmark = pytest.mark.browser

WHY, FINE = "The bank reports doubled payouts.", "The bank says that it was a mistake."


def card(page, name="Funding"):
    return page.get_by_role("region", name=name, exact=True)


def test_one_pauses_and_another_reopens_while_the_first_one_looks_on(at_desk, ada, carl, sandbox):
    hers, his = at_desk(ada), at_desk(carl)
    for page in (hers, his):
        page.goto("/connections/")

    card(his).get_by_role("link", name="Pause Funding…").click()
    his.get_by_role("dialog").get_by_label("Why").fill(WHY)
    assert violations(his) == []
    his.get_by_role("button", name="Pause", exact=True).click()
    expect(card(his)).to_contain_text("Paused by Carl")
    expect(his.locator(".banner")).to_contain_text(WHY)

    card(his).get_by_role("link", name="Propose reopening…").click()
    his.get_by_role("dialog").get_by_label("Why it may be reopened").fill(FINE)
    his.get_by_role("button", name="Propose reopening").click()
    expect(card(his)).to_contain_text("You proposed it; another person confirms it.")
    expect(card(his).get_by_role("button", name=re.compile("Confirm"))).to_have_count(0)

    expect(card(hers)).to_contain_text(FINE)
    card(hers).get_by_role("button", name="Confirm: reopen Funding").dblclick()
    expect(card(hers)).to_contain_text("Open")
    expect(card(his)).to_contain_text("Open")
    assert not Lane.objects.filter(stopped_at__isnull=False).exists()


def test_while_a_dialog_is_open_the_page_asks_nothing_and_afterwards_again(at_desk, carl, sandbox):
    page, asked = at_desk(carl), []
    page.clock.install()
    page.goto("/connections/")
    card(page).get_by_role("link", name="Pause Funding…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why").fill("half a rea")
    page.on("request", lambda request: asked.append(request.url) if "live=1" in request.url else None)

    page.clock.run_for(20_000)

    expect(dialog.get_by_label("Why")).to_have_value("half a rea")
    assert asked == []
    with page.expect_response(lambda response: "live=1" in response.url):
        dialog.get_by_role("link", name="Cancel").click()


def test_pausing_works_without_a_script(at_desk, carl, sandbox):
    page = at_desk(carl, java_script_enabled=False)
    page.goto("/connections/")

    card(page).get_by_role("link", name="Pause Funding…").click()
    page.locator("#pause-funding").get_by_label("Why").fill(WHY)
    page.locator("#pause-funding").get_by_role("button", name="Pause").click()

    expect(card(page)).to_contain_text("Paused by Carl")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_pages_are_for_every_eye_while_everything_stands_still(at_desk, mia, carl, chen, staged, theme):
    for lane in ("funding", "accounts"):
        apart(lambda lane=lane: stops.pause(lane, by=carl, reason=WHY))
    apart(lambda: stops.propose_reopening("funding", by=chen, reason=FINE))

    for who, size in ((carl, (1440, 900)), (carl, (390, 844)), (chen, (320, 640)), (mia, (390, 844))):
        viewport = {"width": size[0], "height": size[1]}
        page = at_desk(who, color_scheme=theme, viewport=viewport, reduced_motion="reduce")
        for address in ("/connections/", *(("/exceptions/", staged["exception"]) if who != mia else ())):
            page.goto(address)
            assert violations(page) == [], (who, size, address)
            width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert page.evaluate(width) == 0, (who, size, address)
