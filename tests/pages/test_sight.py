"""The decision page in a browser: what somebody types outlives what others write, and what was seen is shown again."""

import pytest
from playwright.sync_api import expect
from uuid_utils.compat import uuid7

from backoffice.operations import comments
from backoffice.operations.models import Comment, Decision
from backoffice.operations.shown import from_text
from tests.pages.stage import apart, pending
from tests.ui.axe import violations

pytestmark = pytest.mark.browser

NARROWEST = {"width": 320, "height": 640}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def operation(cast):
    return pending(cast)


def write(operation, by, text):
    apart(lambda: comments.write(operation.pk, key=uuid7(), by=by, text=text))


def test_a_comment_comes_in_live_and_what_was_typed_stays(at_desk, mia, carl, operation):
    page = at_desk(carl)
    page.goto(f"/operations/{operation.pk}/")
    page.locator("#decision").get_by_label("In your words").first.fill("I rang the bank.")
    page.locator("#thread").get_by_label("Comment").fill("Half a sen")

    write(operation, mia, "The SWIFT copy is in the folder.")
    expect(page.locator("#thread")).to_contain_text("The SWIFT copy is in the folder.")

    expect(page.locator("#approve_reason")).to_have_value("I rang the bank.")
    expect(page.locator("#comment_text")).to_have_value("Half a sen")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#toasts")).to_contain_text("You approved it.")
    assert "SWIFT copy" in from_text(Decision.objects.get().sight.text).opened.thread[0].text
    assert Decision.objects.get().reason == "I rang the bank."


def test_a_comment_is_written_with_and_without_a_script_and_twice_clicked_once(at_desk, carl, operation):
    for number, script in enumerate((True, False), start=1):
        page = at_desk(carl, java_script_enabled=script)
        page.goto(f"/operations/{operation.pk}/")
        page.get_by_role("textbox", name="Comment", exact=True).fill(f"Line {number}")
        page.get_by_role("button", name="Add comment").dblclick()
        expect(page.locator("#thread")).to_contain_text(f"Line {number}")

    assert Comment.objects.count() == 2


def test_from_the_story_one_click_leads_to_what_was_seen(at_desk, carl, vera, mia, operation):
    write(operation, mia, "The SWIFT copy is in the folder.")
    his = at_desk(carl)
    his.goto(f"/operations/{operation.pk}/")
    his.get_by_role("button", name="Approve").click()
    expect(his.locator("#toasts")).to_contain_text("You approved it.")

    page = at_desk(vera)
    page.goto(f"/operations/{operation.pk}/")
    page.get_by_role("link", name="As Carl saw it").click()

    expect(page.get_by_role("heading", name="As Carl saw it")).to_be_visible()
    expect(page.locator(".effect")).to_contain_text("grows by 2,500.00 USD")
    expect(page.locator("main")).to_contain_text("The SWIFT copy is in the folder.")
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)


def test_it_is_rejected_on_the_page_of_its_account(at_desk, carl, operation):
    page = at_desk(carl)
    page.goto("/accounts/128001/")

    page.get_by_role("link", name="Reject…").click()
    page.get_by_role("dialog").get_by_label("Reason").select_option("DUPLICATE")
    page.get_by_role("button", name="Reject request").click()

    expect(page.locator("#toasts")).to_contain_text("Rejected.")


def test_these_pages_are_for_every_eye_and_every_width(at_desk, cast, mia, carl, vera, operation):
    write(operation, mia, "A word without an end: " + "Kontoinhaber" * 30)
    page = at_desk(carl, color_scheme="light", reduced_motion="reduce")
    found = {}
    for address in (f"/operations/{operation.pk}/", "/accounts/128001/"):
        found[address] = wrong(page, address)
    page.goto(f"/operations/{operation.pk}/")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#toasts")).to_contain_text("You approved it.")
    address = f"/operations/{operation.pk}/decisions/{Decision.objects.get().pk}/"
    found[address] = wrong(at_desk(vera, color_scheme="light", reduced_motion="reduce"), address)

    assert {address: said for address, said in found.items() if said} == {}


def wrong(page, address):
    page.goto(address)
    said = violations(page)
    page.emulate_media(color_scheme="dark")
    said += violations(page, "color-contrast")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(NARROWEST)
    return said + ([f"{page.evaluate(TOO_WIDE)} px too wide"] if page.evaluate(TOO_WIDE) else [])
