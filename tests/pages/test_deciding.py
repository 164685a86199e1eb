"""The decision page: decidable at a glance, by keyboard, on a phone, once, and live while others act."""

import pytest
from playwright.sync_api import expect

from backoffice.operations.models import Decision, Operation
from backoffice.operations.states import State
from tests import play
from tests.pages.stage import pending

pytestmark = pytest.mark.browser

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
FOCUSED = "document.activeElement.name || document.activeElement.innerText.trim()"


@pytest.fixture
def operation(cast):
    return pending(cast)


def opened(page, operation):
    page.goto(f"/operations/{operation.pk}/")
    return page


def test_all_that_a_decision_takes_is_above_the_fold(at_desk, carl, operation):
    page = opened(at_desk(carl, viewport=WIDE), operation)

    for part in (".effect", ".checks.strip", "text=Approve", "text=Return to maker…", "text=Reject…"):
        box = page.locator(f"main {part}" if part[0] == "." else part).last.bounding_box()
        assert box["y"] + box["height"] <= WIDE["height"], part


def test_on_a_phone_the_decision_comes_before_the_details(at_desk, carl, operation):
    page = opened(at_desk(carl, viewport=PHONE), operation)

    tops = [
        page.get_by_role("heading", name=name, exact=True).bounding_box()["y"]
        for name in ("Decision", "State", "What is sent to MT5", "The account", "Request")
    ]

    assert tops == sorted(tops)


def test_every_field_of_the_payload_is_shown_as_its_kind_is_written(at_desk, carl, cast):
    page = opened(
        at_desk(carl), pending(cast, value_date="2026-11-23", received_amount="2300", received_currency="EUR")
    )

    sent = page.locator(".card", has=page.get_by_role("heading", name="What is sent to MT5"))

    for words in ("2,500.00 USD", "2,300 EUR", "23 Nov 2026", "Bank wire", "HBKGB 2311-88412", "SHA-256"):
        expect(sent).to_contain_text(words)


def test_the_keyboard_goes_from_the_effect_to_the_decision(at_desk, carl, operation):
    page = opened(at_desk(carl), operation)
    page.locator("#main").focus()

    walked = []
    for _ in range(6):
        page.keyboard.press("Tab")
        walked.append(page.evaluate(FOCUSED))

    assert walked == ["128001", "reason_code", "reason", "Approve", "Return to maker…", "Reject…"]


def test_approving_with_two_clicks_is_one_vote(at_desk, carl, operation):
    page = opened(at_desk(carl), operation)

    page.get_by_role("button", name="Approve").dblclick()
    expect(page.locator("#state")).to_contain_text("Approved")

    assert Decision.objects.count() == 1
    expect(page.locator("#toasts")).to_contain_text("You approved it.")


def test_rejecting_through_the_dialog_takes_a_reason_and_the_maker_sees_it_live(at_desk, mia, carl, operation):
    hers, his = opened(at_desk(mia), operation), opened(at_desk(carl), operation)
    hers.evaluate("window.kept = document.getElementById('status')")

    his.get_by_role("link", name="Reject…").click()
    his.get_by_role("dialog").get_by_label("Reason").select_option("NAME_MISMATCH")
    his.get_by_role("dialog").get_by_label("In your words").fill("The payer is a company.")
    his.get_by_role("button", name="Reject request").click()

    expect(his.locator("#state")).to_have_text("Rejected")
    expect(hers.locator("#status")).to_contain_text("The payer is a company.")
    expect(hers.locator("#state")).to_have_text("Rejected")
    expect(hers.get_by_role("button", name="Cancel request")).to_have_count(0)
    # The live region is the same element as before, or nobody who hears the page would be told.
    assert hers.evaluate("window.kept === document.getElementById('status')")


def test_what_somebody_else_decided_takes_the_decision_off_the_page(at_desk, chen, cast, operation):
    page = opened(at_desk(chen), operation)
    expect(page.get_by_role("button", name="Approve")).to_be_visible()

    play.decide(cast.checker, operation, "return", reason="2,000 by the bank's statement.")

    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    expect(page.locator("#status")).to_contain_text("2,000 by the bank's statement.")


def writing(page):
    """Somebody types into the dialog that rejects."""
    page.get_by_role("link", name="Reject…").click()
    words = page.get_by_role("dialog").get_by_label("In your words")
    words.fill("The payer is a company.")
    return words


def settled(page):
    """All that the page heard so far is drawn: what is asked now is answered later."""
    page.evaluate("fetch('/livez').then((answer) => answer.text())")


def test_a_dialog_stays_open_while_others_act_and_the_page_is_live_again_after_it(at_desk, chen, cast, operation):
    page, polls = at_desk(chen), []
    page.clock.install()
    opened(page, operation)
    words = writing(page)
    play.decide(cast.checker, operation, "return", reason="2,000 by the bank's statement.")
    page.on("request", lambda request: polls.append(request.url) if "version=" in request.url else None)

    page.clock.run_for(10_000)
    settled(page)

    expect(words).to_have_value("The payer is a company.")
    assert polls == []
    page.get_by_role("dialog").get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    expect(page.locator("#status")).to_contain_text("2,000 by the bank's statement.")


def test_an_answer_that_was_on_its_way_closes_no_dialog_either(at_desk, chen, cast, operation):
    page, held = at_desk(chen), []

    def hold(route):
        held.append(route)

    page.route("**/?version=*", hold)
    with page.expect_request("**/?version=*"):
        opened(page, operation)
    words = writing(page)
    play.decide(cast.checker, operation, "return", reason="2,000 by the bank's statement.")

    with page.expect_response("**/?version=*") as answer:
        held[0].continue_()
    answer.value.finished()
    page.unroute("**/?version=*")
    settled(page)

    assert "2,000 by the bank" in answer.value.text()
    expect(words).to_have_value("The payer is a company.")
    page.get_by_role("dialog").get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)


def test_who_made_it_is_told_why_they_cannot_decide(at_desk, mia, operation):
    page = opened(at_desk(mia), operation)

    expect(page.get_by_text("You made it, and nobody decides on what they made themselves.")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)


def test_rejecting_works_without_a_script(at_desk, carl, operation):
    page = opened(at_desk(carl, java_script_enabled=False), operation)

    page.get_by_role("link", name="Reject…").click()
    page.locator("#reject").get_by_label("Reason").select_option("DUPLICATE")
    page.get_by_role("button", name="Reject request").click()

    expect(page.locator("#state")).to_have_text("Rejected")
    assert Operation.objects.get(pk=operation.pk).state == State.REJECTED


def test_a_decision_that_comes_back_opens_its_dialog_again(at_desk, carl, operation):
    page = opened(at_desk(carl), operation)

    page.get_by_role("link", name="Return to maker…").click()
    page.get_by_role("dialog").get_by_label("Reason").select_option("OTHER")
    page.get_by_role("button", name="Return to maker", exact=True).click()

    expect(page.get_by_role("dialog")).to_contain_text("at least 10 characters")


def test_nothing_moves_for_those_who_asked_for_stillness(at_desk, carl, operation):
    page = opened(at_desk(carl, reduced_motion="reduce"), operation)

    page.get_by_role("link", name="Reject…").click()
    moving = page.evaluate("document.getAnimations().filter((a) => a.effect.getTiming().duration > 1).length")

    assert moving == 0
    assert page.get_by_role("button", name="Approve").evaluate("(e) => getComputedStyle(e).transitionDuration") == "0s"
