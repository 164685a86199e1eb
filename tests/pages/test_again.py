"""Returned with other values and asked for again, in a browser: by keyboard and mouse, on a phone, and for every eye."""

import pytest
from playwright.sync_api import expect

from backoffice.operations.models import Decision, Operation
from backoffice.operations.states import State
from tests.pages.stage import pending
from tests.ui.axe import violations

pytestmark = pytest.mark.browser
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def operation(cast):
    return pending(cast)


def returned(page, operation):
    """The checker sends it back, and would approve 2,000.00."""
    page.goto(f"/operations/{operation.pk}/")
    page.get_by_role("link", name="Return to maker…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").select_option("WRONG_AMOUNT")
    dialog.get_by_text("Suggest other values").click()
    dialog.get_by_label("Amount", exact=False).first.fill("2000.00")
    dialog.get_by_role("button", name="Return to maker", exact=True).click()
    expect(page.locator("#state")).to_have_text("Returned to maker")


def test_from_the_checker_s_suggestion_to_the_new_request(at_desk, mia, carl, operation):
    returned(at_desk(carl), operation)
    page = at_desk(mia)
    page.goto(f"/operations/{operation.pk}/")

    expect(page.locator("table.changes")).to_contain_text("2,500.00")
    page.get_by_role("link", name="Resubmit as suggested").click()
    expect(page.get_by_label("Amount", exact=False).first).to_have_value("2000.00")
    expect(page.locator("#effect")).to_contain_text("3,240.10")
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.locator("#state")).to_have_text("Pending approval")

    new = Operation.objects.exclude(pk=operation.pk).get()
    assert (new.resubmission_of_id, new.amount, new.state) == (operation.pk, 2000, State.AWAITING_APPROVAL)
    assert Decision.objects.get(operation=operation).suggested == '{"amount":"2000.00"}'


def test_a_suggestion_that_is_no_amount_opens_the_dialog_at_it(at_desk, carl, operation):
    page = at_desk(carl)
    page.goto(f"/operations/{operation.pk}/")
    page.get_by_role("link", name="Return to maker…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").select_option("WRONG_AMOUNT")
    dialog.get_by_text("Suggest other values").click()
    dialog.get_by_label("Amount", exact=False).first.fill("2,000")
    dialog.get_by_role("button", name="Return to maker", exact=True).click()

    expect(page.get_by_role("dialog")).to_contain_text("plain digits")
    expect(page.get_by_role("dialog").get_by_label("Amount", exact=False).first).to_be_visible()


def test_every_page_on_the_way_is_for_every_eye_and_every_width(at_desk, mia, carl, operation):
    returned(at_desk(carl), operation)
    found = {}
    addresses = [f"/operations/{operation.pk}/", f"/funding/deposit/?login=128001&resubmission_of={operation.pk}"]
    for who in (mia, carl):
        page = at_desk(who, color_scheme="light", reduced_motion="reduce")
        for address in addresses if who is mia else addresses[:1]:
            page.set_viewport_size({"width": 1440, "height": 900})
            page.emulate_media(color_scheme="light")
            page.goto(address)
            found[who.name, address] = violations(page)
            page.emulate_media(color_scheme="dark")
            found[who.name, address] += violations(page, "color-contrast")
            page.set_viewport_size({"width": 320, "height": 640})
            found[who.name, address] += [page.evaluate(TOO_WIDE)] if page.evaluate(TOO_WIDE) else []

    assert {at: wrong for at, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("month", ["2026-12", "2028-12"])
def test_the_calendar_is_for_every_eye_and_every_width(at_desk, live_server, fay, month):
    page = at_desk(fay, color_scheme="light", reduced_motion="reduce")
    page.goto(f"/calendar/?month={month}")

    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, "color-contrast") == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(TOO_WIDE) == 0
    page.get_by_role("link", name="Today").click()
    expect(page.locator("[aria-current=date]")).to_have_count(1)
