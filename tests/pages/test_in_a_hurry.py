"""Carl at 18:59 with a full queue: what he decides by is read without scrolling sideways, at a desk and on a phone, and he is led on."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from backoffice.operations import claims
from tests.operations import rows
from tests.operations.bundle_attacks import put_together
from tests.operations.rows import withdrawn
from tests.operations.test_queue import warned
from tests.pages.stage import apart, crowd

pytestmark = pytest.mark.browser


@pytest.fixture
def full(cast, funded, mia, nils, chen):
    """Long names, large amounts, warnings, what takes two, what somebody looks at, and a bundle of all that."""

    def fill():
        crowd(mia, 12)
        withdrawn(nils, "104000.00")
        put_together(
            [withdrawn(nils, "2600.00", login=128601 + n) for n in range(11)], by=nils, title="IB payouts, week 47"
        )
        put_together(
            [warned(mia, login=128701 + n) for n in range(2)], by=mia, title="Fees that were charged twice in July"
        )
        looked_at = warned(mia, login=128130, amount="9400.00")
        claims.look(looked_at, by=chen)

    apart(fill)


def overhang(locator):
    """How many pixels of it can only be seen by scrolling sideways."""
    return locator.evaluate("found => found.scrollWidth - found.clientWidth")


def test_whom_it_needs_and_what_warns_of_it_is_on_the_screen(at_desk, carl, full):
    page = at_desk(carl, viewport={"width": 1440, "height": 900})
    page.goto("/approvals/")
    expect(page.locator("td.said .warned").first).to_be_visible()

    assert overhang(page.locator(".list > .scroll")) == 0


def test_on_a_phone_no_sum_is_cut_and_what_waits_begins_in_the_upper_half(at_desk, carl, full):
    page = at_desk(carl, viewport={"width": 360, "height": 780})
    page.goto("/approvals/")

    assert overhang(page.locator(".figures")) == 0
    assert Decimal(page.locator(".figures .value").last.inner_text().split()[0].replace(",", "")) > 10**9
    assert page.locator(".filters").bounding_box()["height"] < 60
    assert page.locator("tbody tr").first.bounding_box()["y"] < 390
    page.locator(".filters summary", has_text="Amount to").click()
    expect(page.get_by_label("Amount to")).to_be_in_viewport()


def test_after_a_decision_the_way_on_is_what_the_page_is_about(at_desk, cast, carl, mia):
    operation = rows.awaiting(mia)
    page = at_desk(carl)
    page.goto(f"/operations/{operation.pk}/")
    following = page.locator("form.next button[data-shortcut=n]")
    expect(following).not_to_contain_class("primary")

    page.get_by_role("button", name="Approve", exact=True).click()

    expect(page.locator("#state")).to_contain_text("Approved")
    expect(following).to_contain_class("primary")
