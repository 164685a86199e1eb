"""A bundle at the desk: ticked and submitted by its maker, approved by its total, and seen to go; by a script and without one."""

import pytest
from playwright.sync_api import expect

from backoffice.operations.bundles import following
from backoffice.operations.models import Bundle, Operation
from backoffice.operations.states import State
from tests.operations import rows
from tests.operations.bundle_attacks import bundled
from tests.pages.stage import apart

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("script", [True, False])
def test_a_list_is_made_one_and_approved_as_one(at_desk, cast, mia, carl, script):
    made = [rows.awaiting(mia, login=login) for login in (128001, 128002, 128101)]
    page = at_desk(mia, java_script_enabled=script)
    page.goto("/bundles/")
    page.get_by_role("link", name="New bundle").click()
    for row in made[:2]:
        page.get_by_label(f"Choose {row.reference}").check()
    page.get_by_label("What it is").fill("Refunds of July")
    page.get_by_label("Reason").select_option("SAME_CAUSE")
    page.get_by_role("button", name="Submit as one bundle").click()
    expect(page.locator("h1")).to_have_text("Refunds of July")

    page = at_desk(carl, java_script_enabled=script)
    page.goto("/approvals/")
    page.get_by_role("link", name=Bundle.objects.get().reference).click()
    page.get_by_label("Type the total in USD").fill("500")
    page.get_by_role("button", name="Approve all 2").click()

    expect(page.locator("#state")).to_contain_text("Approved")
    assert Bundle.objects.get().state == "approved"
    assert Operation.objects.get(pk=made[2].pk).state == State.AWAITING_APPROVAL


def test_its_members_are_seen_to_go_while_somebody_looks(at_desk, cast, mia, carl, sandbox):
    bundle = bundled(mia)
    page = at_desk(carl)
    page.goto(f"/bundles/{bundle.pk}/")
    page.get_by_label("Type the total in USD").fill("500")
    page.get_by_role("button", name="Approve all 2").click()
    expect(page.locator("#status")).to_contain_text("0 of 2 released")

    apart(lambda: following.follow("funding"))

    expect(page.locator("#status")).to_contain_text("2 of 2 released")
    expect(page.locator("#became-2")).to_contain_text("Approved, waiting to send")


def test_a_page_that_waits_comes_anew_when_a_member_is_taken_out(at_desk, cast, mia, carl):
    bundle = bundled(mia, count=3)
    page = at_desk(carl)
    page.goto(f"/bundles/{bundle.pk}/")
    expect(page.locator(".comes-to")).to_contain_text("750.00")

    out = bundle.members.first().operation
    cast.maker.post(f"/operations/{out.pk}/cancellation/", {"reason": "The client asked to wait."})

    expect(page.locator(".comes-to")).to_contain_text("500.00")
    expect(page.get_by_role("button", name="Approve all 2")).to_be_visible()
