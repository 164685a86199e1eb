"""Signing in and stepping up in a real Chromium, with a passkey that its virtual authenticator holds, and without JavaScript."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from backoffice.audit import clock
from backoffice.operators import passkeys, sittings
from backoffice.operators.models import Proof, Sitting
from tests import play
from tests.operations import rows
from tests.pages.stage import apart
from tests.signing_in import door
from tests.ui.axe import violations

pytestmark = pytest.mark.browser
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 360, "height": 740}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def give_key(page: Page) -> None:
    """A security key with a finger on it, that knows whose finger it is."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def knock(page: Page, name: str) -> None:
    page.goto("/sign-in/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(door.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile("/sign-in/second-factor/"))


def enter(page: Page, name: str, near: int = 0) -> None:
    knock(page, name)
    page.get_by_label("Code").fill(door.code(name, near))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile("/$"))


def test_the_demo_is_two_clicks_from_being_somebody(page, carl, mia):
    page.goto("/sign-in/")

    page.get_by_role("button", name="Carl").click()
    expect(page.get_by_label("Code")).to_have_value(re.compile(r"^\d{6}$"))
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page.get_by_text("Carl").first).to_be_visible()
    # What was used is not offered again.
    page.context.clear_cookies()
    page.goto("/sign-in/")
    page.get_by_role("button", name="Carl").click()
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Carl").first).to_be_visible()


def test_a_passkey_is_enrolled_signs_in_and_steps_up(page, carl, mia):
    give_key(page)
    enter(page, "carl")
    page.goto("/second-factor/")
    page.get_by_label("What you call it").fill("Yellow key")
    page.get_by_role("button", name="Enrol a passkey").click()
    expect(page.locator(".codes li")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()

    page.locator(".me summary").click()
    page.get_by_role("button", name="Sign out").click()
    knock(page, "carl")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(re.compile("/$"))
    assert Proof.objects.latest("pk").method == "passkey"

    operation = rows.awaiting(mia, amount="120000.00")
    page.goto(f"/operations/{operation.pk}/")
    page.get_by_label("Reason", exact=False).first.select_option("CHECKED_EVIDENCE")
    page.get_by_role("button", name="Approve").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Nothing is done yet")
    assert not operation.decisions.exists()
    assert violations(page) == []
    dialog.get_by_role("button", name="Passkey").click()

    expect(page.get_by_text("You approved it").first).to_be_visible()
    assert operation.decisions.get().by == carl
    (spent,) = door.told("second_factor_spent")
    assert json.loads(spent.detail)["grade"] == "passkey"
    assert passkeys.of(carl)


def test_the_dialog_takes_a_code_and_the_form_is_sent_as_it_was(page, carl, mia):
    enter(page, "carl")
    operation = rows.awaiting(mia, amount="250.00")
    door.age_proofs(minutes=20)
    page.goto(f"/operations/{operation.pk}/")
    page.get_by_label("Reason", exact=False).first.select_option("CHECKED_EVIDENCE")
    page.get_by_label("In your words").first.fill("Read it twice.")
    page.get_by_role("button", name="Approve").click()

    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Code that your app shows now").fill(door.code("carl", 1))
    dialog.get_by_role("button", name="Confirm").click()

    expect(page.get_by_text("You approved it").first).to_be_visible()
    assert operation.decisions.get().reason == "Read it twice."


def test_whoever_cancels_the_dialog_may_go_on_typing(page, carl, mia):
    enter(page, "carl")
    operation = rows.awaiting(mia, amount="250.00")
    door.age_proofs(minutes=20)
    page.goto(f"/operations/{operation.pk}/")
    page.get_by_label("In your words").first.fill("Not yet.")
    page.get_by_role("button", name="Approve").click()

    page.get_by_role("dialog").get_by_text("Cancel").click()

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_label("In your words").first).to_have_value("Not yet.")
    assert not operation.decisions.exists()


def test_a_form_that_waits_for_its_code_is_sent_although_somebody_else_was_quicker(page, carl, chen, mia, signed_in):
    page.clock.install()
    enter(page, "carl")
    operation = rows.awaiting(mia, amount="250.00")
    door.age_proofs(minutes=20)
    page.goto(f"/operations/{operation.pk}/")
    page.get_by_label("Reason", exact=False).first.select_option("CHECKED_EVIDENCE")
    page.get_by_role("button", name="Approve").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Nothing is done yet")

    assert play.decide(signed_in(chen), operation).status_code == 302
    page.clock.run_for(10_000)
    page.evaluate("fetch('/livez').then((answer) => answer.text())")
    dialog.get_by_label("Code that your app shows now").fill(door.code("carl", 1))
    with page.expect_navigation():
        dialog.get_by_role("button", name="Confirm").click()

    expect(page.locator("#toasts")).to_contain_text(re.compile(r"\w"))
    assert [vote.by for vote in operation.decisions.all()] == [chen]


def test_it_works_without_javascript(new_context, site, carl, mia):
    page = new_context(base_url=site, java_script_enabled=False).new_page()
    enter(page, "carl")
    operation = rows.awaiting(mia, amount="250.00")
    door.age_proofs(minutes=20)
    page.goto(f"/operations/{operation.pk}/")
    page.get_by_label("In your words").first.fill("By hand.")
    page.get_by_role("button", name="Approve").click()

    expect(page.get_by_role("heading", name="Your second factor, please")).to_be_visible()
    page.get_by_label("Code that your app shows now").fill(door.code("carl", 1))
    page.get_by_role("button", name="Confirm").click()

    expect(page.get_by_text("You approved it").first).to_be_visible()
    assert operation.decisions.get().reason == "By hand."


def test_a_live_page_signs_out_by_itself_when_nobody_is_there(page, carl, mia):
    enter(page, "carl")
    page.goto("/operations/")
    expect(page.get_by_text("Live").first).to_be_visible()

    Sitting.objects.update(seen_at=clock.now() - sittings.IDLE)

    page.wait_for_url(re.compile("/sign-in/"))
    expect(page.get_by_text("in which you did nothing")).to_be_visible()


def look(page: Page) -> list[str]:
    """All of axe's rules in the light, contrast again in the dark, then as narrow as a phone."""
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")
    found = violations(page)
    page.emulate_media(color_scheme="dark")
    found += violations(page, "color-contrast")
    page.set_viewport_size(NARROW)
    return found + ([f"{page.evaluate(TOO_WIDE)} px too wide"] if page.evaluate(TOO_WIDE) else [])


def test_the_pages_before_one_is_in_are_for_every_eye_and_every_width(seeing, carl, sandbox):
    seeing.goto("/sign-in/")
    found = {"sign-in": look(seeing)}
    knock(seeing, "carl")
    found["second step"] = look(seeing)
    seeing.get_by_label("Code").fill(door.wrong("carl"))
    seeing.get_by_role("button", name="Sign in", exact=True).click()
    expect(seeing.get_by_text("This code is not right").first).to_be_visible()
    found["a wrong code"] = look(seeing)

    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_the_enrolment_is_for_every_eye_and_every_width(seeing, site):
    apart(door.bare)
    seeing.goto("/sign-in/")
    seeing.get_by_label("Username").fill("zoe")
    seeing.get_by_label("Password").fill(door.PASSWORD)
    seeing.get_by_role("button", name="Sign in", exact=True).click()
    expect(seeing.get_by_role("heading", name="Your second factor")).to_be_visible()

    assert look(seeing) == []


def test_the_pages_of_ones_own_sign_in_are_for_every_eye_and_every_width(seeing, carl, sandbox):
    page, found = seeing, {}
    enter(page, "carl")
    for address in ("/second-factor/", "/sessions/", "/sign-in/password/"):
        page.goto(address)
        found[address] = look(page)
    page.goto("/second-factor/")
    page.get_by_role("button", name="Make new ones").click()
    expect(page.locator(".codes li")).to_have_count(10)
    found["recovery codes"] = look(page)

    assert {name: wrong for name, wrong in found.items() if wrong} == {}
