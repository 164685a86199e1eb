"""The queue at a desk: by keyboard, live while others look and decide, for many at once, and without a script."""

import pytest
from playwright.sync_api import expect

from backoffice.operations import claims, desk
from backoffice.operations.models import Claim, Decision, Operation
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from tests.operations import rows

pytestmark = pytest.mark.browser
OK = Reason("WITHIN_POLICY")


@pytest.fixture
def three(cast, mia):
    return [
        rows.awaiting(mia, login=login, amount=amount) for login, amount in ((1, "900.00"), (2, "500.00"), (3, "10.00"))
    ]


def test_n_leads_to_the_worst_and_after_a_decision_to_the_next(at_desk, carl, three):
    page = at_desk(carl)
    page.goto("/approvals/")

    page.keyboard.press("n")
    page.wait_for_url(f"**/operations/{three[0].pk}/")
    expect(page.locator("#looking")).to_contain_text("You are looking")
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.locator("#state")).to_contain_text("Approved")
    page.keyboard.press("n")

    page.wait_for_url(f"**/operations/{three[1].pk}/")
    assert [claim.on for claim in Claim.objects.all()] == [three[1].pk]


def test_who_begins_to_look_and_what_is_decided_is_seen_live_and_what_was_ticked_stays(at_desk, carl, chen, three):
    page = at_desk(carl)
    page.goto("/approvals/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-chosen]")).to_have_text("1 chosen")

    claims.look(three[2], by=chen)
    expect(page.locator(f"#row-{three[2].pk}")).to_contain_text("Chen, under 1 min")
    desk.approve(three[0].pk, by=chen, seen=three[0].seen, reason=OK)
    expect(page.locator(f"#row-{three[0].pk}")).to_contain_text("Approved")

    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.get_by_label(f"Choose {three[1].reference}")).to_be_checked()
    expect(page.locator("[data-chosen]")).to_have_text("1 chosen")
    assert three[1].reference in page.evaluate("document.activeElement.innerText")


def test_what_was_ticked_and_is_decided_by_another_is_no_longer_chosen(at_desk, carl, chen, three):
    page = at_desk(carl)
    page.goto("/approvals/")
    page.get_by_label(f"Choose {three[0].reference}").check()

    desk.approve(three[0].pk, by=chen, seen=three[0].seen, reason=OK)

    expect(page.locator("[data-chosen]")).to_contain_text("Choose small ones")


def test_many_are_approved_by_typing_what_they_come_to_without_a_script(at_desk, carl, three):
    page = at_desk(carl, java_script_enabled=False)
    page.goto("/approvals/")
    for operation in three[:2]:
        page.get_by_label(f"Choose {operation.reference}").check()
    page.get_by_role("button", name="Approve…").click()

    expect(page.locator(".comes-to")).to_contain_text("1,400.00 USD")
    page.get_by_label("Type the total in USD").fill("1,410.00")
    page.get_by_role("button", name="Approve all 2").click()
    expect(page.locator("main")).to_contain_text("This is not the total that is shown.")
    assert not Decision.objects.exists()
    page.get_by_label("Type the total in USD").fill("1,400.00")
    page.get_by_role("button", name="Approve all 2").click()

    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("main")).to_contain_text("2 done")
    assert Operation.objects.filter(state=State.QUEUED).count() == 2
    assert Operation.objects.get(pk=three[2].pk).state == State.AWAITING_APPROVAL


def test_claiming_and_next_work_without_a_script(at_desk, carl, chen, three):
    page = at_desk(carl, java_script_enabled=False)
    page.goto("/approvals/")

    page.get_by_role("button", name=f"Claim {three[0].reference}").click()
    expect(page.locator(f"#row-{three[0].pk}")).to_contain_text("You")
    page.get_by_role("button", name="Next unclaimed").click()

    assert page.url.endswith(f"/operations/{three[1].pk}/")
    page.get_by_role("button", name="Leave it to others").click()
    assert page.url.endswith("/approvals/")
    assert [claim.on for claim in Claim.objects.all()] == [three[0].pk]
