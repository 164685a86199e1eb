"""Every real page, in every state: for every eye, in both themes, on every width, and with data that breaks tables."""

import pytest
from playwright.sync_api import expect

from tests.pages.stage import crowd
from tests.ui.axe import violations

pytestmark = pytest.mark.browser

WIDE, NARROWEST = {"width": 1440, "height": 900}, {"width": 320, "height": 640}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
HERS = (
    "/", "/operations/?open=on", "/accounts/", "/accounts/128001/", "/accounts/999999/", "/nothing-here/",
    "/approvals/", "/funding/deposit/", "/funding/deposit/?login=128001", "/funding/withdrawal/?login=128044",
    "/funding/credit/?login=128044", "/funding/correction/?login=128001", "/funding/bonus/?login=128001",
    "/calendar/", "/calendar/?month=2028-12", "/funding/charge/?login=128001", "/funding/reset/?login=128201", "/funding/deposit/?login=128077",
    "/bundles/", "/bundles/new/",
)  # fmt: skip
HIS = (
    "/", "/delegations/", "/coverage/", "/approvals/", "/approvals/?warnings=on&claim=none", "/exceptions/", "/exceptions/?view=late", "/connections/", "/policy/", "/policy/?rules=inactive", "/operations/?lane=funding", "/operations/", "/search/?q=nothing-like-it", "/accounts/128077/",
)  # fmt: skip
ADMINISTERED = ("/", "/delegations/", "/delegations/proposal/", "/coverage/")
THEIRS = ("/", "/audit/", "/audit/?login=128001&since=2020-01-01", "/access/")


# Who looks at what: the maker, a checker, the second supervisor, the auditor.
LOOKS_AT = {
    "mia": lambda staged: (*HERS, *(staged[name] for name in ("pending", "return", "bundle"))),
    "carl": lambda staged: (*HIS, *_together(staged), *staged.values(), f"{staged['approved_bundle']}decisions/1/"),
    "chen": lambda staged: (staged["proposed"], "/exceptions/", "/connections/"),
    "vera": lambda staged: THEIRS,
    "ada": lambda staged: ADMINISTERED,
}


def _together(staged):
    pending, completed = (staged[name].split("/")[2] for name in ("pending", "completed"))
    return f"/approvals/approval/?case={pending}", f"/approvals/rejection/?case={pending}&case={completed}"


@pytest.mark.slow
@pytest.mark.parametrize("who", LOOKS_AT)
def test_every_page_is_for_every_eye_and_every_width(at_desk, request, staged, who):
    """One visit to each page: all of axe's rules in the light, contrast again in the dark, then as narrow as it gets."""
    found = {}
    # Colours that are still on their way from one theme to the other are nobody's.
    page = at_desk(request.getfixturevalue(who), color_scheme="light", reduced_motion="reduce")
    for address in LOOKS_AT[who](staged):
        page.set_viewport_size(WIDE)
        page.emulate_media(color_scheme="light")
        page.goto(address)
        found[address] = violations(page)
        page.emulate_media(color_scheme="dark")
        found[address] += violations(page, "color-contrast")
        page.set_viewport_size(NARROWEST)
        found[address] += [f"{page.evaluate(TOO_WIDE)} px too wide"] if page.evaluate(TOO_WIDE) else []

    assert {address: wrong for address, wrong in found.items() if wrong} == {}


def test_the_pages_before_sign_in_and_of_errors_are_whole(new_context, live_server):
    for theme in ("light", "dark"):
        page = new_context(color_scheme=theme, viewport=NARROWEST).new_page()
        for address in ("/sign-in/", "/nothing-here/"):
            page.goto(address)
            assert violations(page) == []
            assert page.evaluate(TOO_WIDE) == 0


def test_fifty_rows_of_long_names_and_huge_amounts_keep_head_and_pager_in_sight(at_desk, cast, mia, carl):
    crowd(mia, 51)
    page = at_desk(carl, viewport=WIDE)

    page.goto("/operations/")
    expect(page.locator("tbody tr")).to_have_count(50)
    page.locator("tbody tr").last.scroll_into_view_if_needed()

    expect(page.get_by_role("navigation", name="Pages")).to_be_in_viewport()
    expect(page.locator("thead th").first).to_be_in_viewport()
    assert page.evaluate(TOO_WIDE) == 0


def test_what_waits_longest_comes_first_and_its_pager_says_so(at_desk, cast, mia, carl):
    crowd(mia, 51)
    page = at_desk(carl)

    page.goto("/approvals/")
    oldest = page.locator("tbody tr a").first.inner_text()
    page.get_by_role("link", name="Later").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Earlier").click()

    expect(page.locator("tbody tr a").first).to_have_text(oldest)


def test_a_filter_of_several_states_is_chosen_by_ticking(at_desk, carl, staged):
    page = at_desk(carl)
    page.goto("/operations/")

    page.locator("summary", has_text="State").click()
    page.get_by_label("Rejected").check()
    page.get_by_label("Cancelled").check()
    page.locator(".chip[open]").get_by_role("button", name="Apply").click()

    expect(page.locator(".chip.is-set")).to_contain_text("Rejected, Cancelled")
    expect(page.locator("tbody tr")).to_have_count(2)


def test_the_trail_opens_an_entry_in_place_without_a_script(at_desk, vera, staged):
    page = at_desk(vera, java_script_enabled=False)
    page.goto("/audit/?login=128001")

    page.locator("tbody summary").first.click()

    expect(page.locator("tr.detail").first).to_contain_text("HMAC")
    expect(page.locator("tr.detail:visible")).to_have_count(1)
