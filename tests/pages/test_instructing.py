"""The money form: by keyboard, with what it says back, once, without a script, and when the login or MT5 is not to be had."""

import re

import pytest
from playwright.sync_api import expect

from backoffice.audit.models import Entry
from backoffice.operations.models import Operation
from tests.pages.stage import pending

pytestmark = pytest.mark.browser

DATA = ("128001", "250.00", "HBKGB 2311-88412")


def test_the_main_job_takes_four_keys_besides_what_is_typed_and_ends_by_itself(at_desk, mia, carl, sandbox, lane):
    before = len(sandbox.ledger(128001))
    hers, his = at_desk(mia), at_desk(carl)

    hers.goto("/")
    keys = ["d", "Enter", "Tab", "Enter"]
    hers.keyboard.press(keys[0])
    hers.wait_for_url("**/funding/deposit/")
    hers.keyboard.type(DATA[0])
    hers.keyboard.press(keys[1])
    hers.wait_for_url("**/funding/deposit/?login=128001")
    hers.keyboard.type(DATA[1])
    hers.keyboard.press(keys[2])
    hers.keyboard.type(DATA[2])
    hers.keyboard.press(keys[3])
    hers.wait_for_url(re.compile("/operations/"))
    expect(hers.locator("#toasts")).to_contain_text("is submitted for approval")

    his.goto("/approvals/")
    his.keyboard.press("j")
    his.keyboard.press("Enter")
    his.get_by_role("button", name="Approve").click()

    # Neither reloads: both pages ask by themselves until nothing can change any more.
    for page in (hers, his):
        expect(page.locator("#state")).to_have_text("Completed")
        expect(page.locator("#status")).to_contain_text("Booked, deal")
    assert [deal["amount"] for deal in sandbox.ledger(128001)[before:]] == [250]


def test_the_whole_job_works_without_a_script(at_desk, mia, carl, sandbox, lane):
    hers, his = at_desk(mia, java_script_enabled=False), at_desk(carl, java_script_enabled=False)

    hers.goto("/funding/deposit/")
    hers.get_by_label("Login", exact=True).fill("128001")
    hers.get_by_role("button", name="Look up").click()
    hers.get_by_label("Amount in USD").fill("250.00")
    hers.get_by_role("button", name="Show the effect").click()
    expect(hers.locator("#effect")).to_contain_text("1,490.10 USD")
    hers.get_by_role("button", name="Submit for approval").click()
    his.goto(hers.url)
    his.get_by_role("button", name="Approve").click()

    expect(his.locator("#state")).to_be_visible()
    for _ in range(40):
        if "Completed" in hers.locator("#state").inner_text():
            break
        hers.wait_for_timeout(250)
        hers.reload()
    expect(hers.locator("#state")).to_have_text("Completed")


def test_the_effect_follows_the_amount_and_writes_nothing(at_desk, mia, sandbox):
    page = at_desk(mia)
    page.goto("/funding/withdrawal/?login=128044")
    entries = Entry.objects.count()

    page.get_by_label("Amount in USD").fill("2000")
    expect(page.locator("#effect")).to_contain_text("2,000.00 USD")
    page.get_by_label("Amount in USD").fill("3000")
    expect(page.locator("#effect")).to_contain_text("Available to withdraw now: 2,500.00 USD.")
    page.get_by_label("Amount in USD").fill("1e3")
    expect(page.locator("#effect")).to_contain_text("Type an amount")

    assert Entry.objects.count() == entries
    assert not Operation.objects.exists()


def test_a_repetition_is_asked_about_only_where_there_is_one(at_desk, mia, cast):
    earlier = pending(cast)
    page = at_desk(mia)
    page.goto("/funding/deposit/?login=128001")
    why = page.get_by_label("Why this is not a repetition")

    page.get_by_label("Amount in USD").fill("2400")
    expect(page.locator("#effect")).to_contain_text("Nothing alike")
    expect(why).to_have_count(0)
    page.get_by_label("Amount in USD").fill("2500")
    expect(page.locator("#effect")).to_contain_text(earlier.reference)
    why.fill("A second wire of the same day.")
    page.get_by_label("Payment reference").fill("another")
    page.get_by_role("button", name="Submit for approval").click()

    page.wait_for_url(re.compile("/operations/"))
    expect(page.locator(".checks")).to_contain_text("Maker: A second wire of the same day.")


def test_submitting_with_two_clicks_makes_one(at_desk, mia, sandbox):
    page = at_desk(mia)
    page.goto("/funding/deposit/?login=128001")
    page.get_by_label("Amount in USD").fill("250")

    page.get_by_role("button", name="Submit for approval").dblclick()
    page.wait_for_url(re.compile("/operations/"))

    assert Operation.objects.count() == 1


def test_what_is_wrong_is_said_at_its_field_and_the_field_has_the_focus(at_desk, mia, sandbox):
    page = at_desk(mia)
    page.goto("/funding/deposit/?login=128001")
    page.get_by_label("Amount in USD").fill("2,500")
    page.get_by_label("Payment reference").fill("kept")

    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_contain_text("Nothing was sent")
    expect(page.get_by_label("Amount in USD")).to_be_focused()
    expect(page.get_by_label("Payment reference")).to_have_value("kept")


def test_what_is_seldom_needed_is_folded_until_it_holds_something(at_desk, mia, sandbox):
    page = at_desk(mia)
    page.goto("/funding/deposit/?login=128001")
    expect(page.get_by_label("Received amount")).to_be_hidden()

    page.get_by_text("Received in another amount or currency").click()
    page.get_by_label("Received amount").fill("2300")
    page.get_by_label("Amount in USD").fill("2500")
    page.get_by_role("button", name="Submit for approval").click()

    expect(page.get_by_label("Received amount")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("A received amount and its currency go together.")


def test_a_locked_login_is_said_before_anything_can_be_typed(at_desk, nils, staged):
    page = at_desk(nils)

    page.goto("/funding/deposit/?login=128077")

    expect(page.get_by_role("alert")).to_contain_text("Login 128077 is locked")
    expect(page.get_by_role("alert")).to_contain_text("Mia")
    expect(page.get_by_label("Amount in EUR")).to_be_disabled()
    expect(page.get_by_role("button", name="Submit for approval")).to_be_disabled()


def test_while_mt5_is_offline_the_effect_says_so_in_its_own_place(at_desk, mia, sandbox):
    page = at_desk(mia)
    page.goto("/funding/deposit/?login=128001")

    sandbox.rule("offline", times=None)
    page.get_by_label("Amount in USD").fill("250.00")

    expect(page.locator("#effect")).to_contain_text("MT5 cannot be read now")
    expect(page.get_by_label("Amount in USD")).to_have_value("250.00")
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


def test_while_mt5_is_offline_what_was_typed_waits(at_desk, mia, sandbox):
    page = at_desk(mia)
    page.goto("/funding/deposit/?login=128001")
    page.get_by_label("Amount in USD").fill("250.00")
    expect(page.locator("#effect")).to_contain_text("1,490.10")

    sandbox.rule("offline", times=None)
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.get_by_text("so nothing was submitted")).to_be_visible()
    expect(page.get_by_text("250.00")).to_be_visible()
    sandbox.clear()
    page.get_by_role("button", name="Try again").click()

    page.wait_for_url(re.compile("/operations/"))
    assert Operation.objects.count() == 1
