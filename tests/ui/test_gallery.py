"""The components in a real browser: for every eye, on every width, by keyboard, and without a script."""

import pytest
from playwright.sync_api import expect

from tests.ui.axe import violations

pytestmark = pytest.mark.browser

PAGES = ("/_ui/", "/_ui/list/", "/_ui/decision/", "/_ui/money/")
WIDE, PHONE, NARROWEST = {"width": 1440, "height": 900}, {"width": 390, "height": 844}, {"width": 320, "height": 640}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing_in_either_theme(at_desk, carl, size):
    # Only colours differ between the themes; those still on their way from one to the other are nobody's.
    page = at_desk(carl, color_scheme="light", viewport=size, reduced_motion="reduce")

    for address in PAGES:
        page.emulate_media(color_scheme="light")
        page.goto(address)
        assert violations(page) == [], address
        page.emulate_media(color_scheme="dark")
        assert violations(page, "color-contrast") == [], address


@pytest.mark.parametrize("name", ["reject", "palette", "shortcuts"])
def test_axe_finds_nothing_in_an_open_dialog(at_desk, carl, name):
    page = at_desk(carl)
    page.goto("/_ui/decision/")

    page.evaluate("(name) => document.getElementById(name).showModal()", name)

    assert violations(page) == []


def test_nothing_is_cut_off_on_the_narrowest_screen(at_desk, carl):
    page = at_desk(carl, viewport=NARROWEST)

    for address in PAGES:
        page.goto(address)
        assert page.evaluate(TOO_WIDE) == 0, address


def test_the_pager_stays_in_sight_while_rows_scroll(at_desk, carl):
    page = at_desk(carl, viewport=WIDE)
    page.goto("/_ui/list/")

    expect(page.get_by_role("navigation", name="Pages")).to_be_in_viewport()


def test_a_toast_never_lies_over_the_pager(at_desk, carl):
    page = at_desk(carl, viewport=WIDE)
    page.goto("/_ui/list/")

    page.evaluate("document.dispatchEvent(new CustomEvent('htmx:responseError', {detail: {xhr: {status: 500}}}))")
    toast, pager = page.locator(".toast").bounding_box(), page.locator(".pager").bounding_box()

    assert toast["y"] + toast["height"] <= pager["y"]


def test_rejecting_opens_over_the_page_and_the_reason_has_the_focus(at_desk, carl):
    page = at_desk(carl)
    page.goto("/_ui/decision/")

    page.get_by_role("link", name="Reject…").click()

    expect(page.get_by_role("dialog")).to_contain_text("Reject this request?")
    expect(page.locator("#reject_reason_code")).to_be_focused()


def test_rejecting_works_without_a_script(at_desk, carl):
    page = at_desk(carl, java_script_enabled=False)
    page.goto("/_ui/decision/")

    page.get_by_role("link", name="Reject…").click()

    expect(page.get_by_role("button", name="Reject request")).to_be_visible()


def test_the_menu_opens_on_a_phone_without_a_script(at_desk, carl):
    page = at_desk(carl, viewport=PHONE, java_script_enabled=False)
    page.goto("/_ui/decision/")
    expect(page.locator("#nav")).not_to_be_in_viewport()

    page.get_by_role("link", name="Menu", exact=True).click()

    expect(page.locator("#nav")).to_be_in_viewport()


def test_a_filter_applies_without_a_script(at_desk, carl):
    page = at_desk(carl, java_script_enabled=False)
    page.goto("/_ui/list/?kind=deposit")

    page.locator("summary", has_text="Requested by").click()
    page.get_by_label("Requested by").fill("Mia")
    page.locator(".chip[open]").get_by_role("button", name="Apply").click()

    expect(page.locator(".chip.is-set")).to_have_count(2)


def test_empty_filters_stay_out_of_the_address(at_desk, carl):
    page = at_desk(carl)
    page.goto("/_ui/list/?kind=deposit")

    page.get_by_label("Login, name or reference").fill("128001")
    page.keyboard.press("Enter")

    page.wait_for_url("**/_ui/list/?q=128001&kind=deposit")


def test_a_form_is_sent_once_however_often_it_is_clicked(at_desk, carl):
    page = at_desk(carl)
    sent = []
    page.goto("/_ui/decision/")
    # An answer without content leaves the page where it is, so that both clicks land on it.
    page.route("**/*", lambda route: route.fulfill(status=204) if route.request.method == "POST" else route.continue_())
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    button = page.get_by_role("button", name="Approve")

    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    button.click()

    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    assert len(sent) == 1


def test_rows_are_walked_and_opened_by_keyboard(at_desk, carl):
    page = at_desk(carl)
    page.goto("/_ui/list/")

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("tbody tr").nth(1).locator("input")).to_be_checked()
    page.keyboard.press("Enter")

    page.wait_for_url("**/_ui/decision/")


def test_the_palette_sifts_pages_and_searches(at_desk, carl):
    page = at_desk(carl)
    page.goto("/_ui/list/")

    page.keyboard.press("Control+k")
    page.keyboard.type("Novak")
    page.keyboard.press("Enter")

    page.wait_for_url("**/search/?q=Novak")


def test_letters_typed_into_a_field_are_no_shortcuts(at_desk, carl):
    page = at_desk(carl)
    page.goto("/_ui/money/")

    page.get_by_label("Payment reference").press_sequentially("j?x/g")

    expect(page.get_by_label("Payment reference")).to_have_value("j?x/g")


def test_times_are_the_browsers_where_no_zone_is_set(at_desk, carl):
    page = at_desk(carl, timezone_id="Asia/Tokyo")
    page.goto("/_ui/decision/")

    first = page.locator(".timeline time").first

    expect(first).to_have_text("23 Nov 2026, 16:12:04")
    expect(first).to_have_attribute("title", "2026-11-23 07:12:04 UTC")


def test_the_theme_stays_chosen(at_desk, carl):
    page = at_desk(carl, color_scheme="light")
    page.goto("/_ui/list/")

    page.get_by_role("button", name="Dark or light").click()
    page.reload()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
