"""Governance in a real browser: for every eye and width, and without a script."""

import pytest
from playwright.sync_api import expect

from backoffice.access import Role
from backoffice.governance import policy
from backoffice.governance.models import Change
from backoffice.governance.roles import RoleGrant
from backoffice.operations.shipped import SHIPPED
from tests.governance.house import WHY, agree, fresh, proposed
from tests.ui.axe import violations

pytestmark = pytest.mark.browser
WIDE, NARROWEST = {"width": 1440, "height": 900}, {"width": 320, "height": 640}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_every_page_is_for_every_eye_and_every_width(at_desk, everybody, three, carl, vera):
    ada, amir, cora = three
    agree(proposed(RoleGrant(operator="vera", role=Role.FINANCE), ada), amir, cora)
    change = proposed(RoleGrant(operator="carl", role=Role.FINANCE), ada)
    version = proposed(policy.proposed(policy.parsed(policy.written(SHIPPED[3:])), note="Fewer of them."), ada)
    addresses = (
        "/people/", f"/people/{carl.pk}/", f"/people/{amir.pk}/", "/people/addition/", "/changes/", f"/changes/{change.pk}/",
        f"/changes/{version.pk}/", "/policy/", "/policy/proposal/", f"/policy/simulation/?change={version.pk}&days=30",
        "/calendar/proposal/?year=2027", "/sign-in/password/",
    )  # fmt: skip
    page = at_desk(fresh(amir), color_scheme="light", reduced_motion="reduce")

    found = {}
    for address in addresses:
        page.set_viewport_size(WIDE)
        page.emulate_media(color_scheme="light")
        assert page.goto(address).status == 200
        found[address] = violations(page)
        page.emulate_media(color_scheme="dark")
        found[address] += violations(page, "color-contrast")
        page.set_viewport_size(NARROWEST)
        found[address] += [f"{page.evaluate(TOO_WIDE)} px too wide"] if page.evaluate(TOO_WIDE) else []

    assert {address: wrong for address, wrong in found.items() if wrong} == {}


def test_three_people_grant_a_role_without_a_script(at_desk, everybody, three, carl):
    ada, amir, cora = three
    page = at_desk(ada, java_script_enabled=False)
    page.goto(f"/people/{carl.pk}/")
    page.get_by_role("link", name="Grant a role…").click()
    dialog = page.locator("#grant")
    dialog.get_by_label("Role").select_option("finance")
    dialog.get_by_label("Why").fill(WHY)
    dialog.get_by_role("button", name="Propose").click()
    expect(page.get_by_text("Nothing is different until")).to_be_visible()

    for who in (amir, cora):
        page = at_desk(who, java_script_enabled=False)
        page.goto(f"/changes/{Change.objects.get().pk}/")
        page.get_by_role("button", name="Agree").click()

    expect(page.get_by_text("It is in force now.")).to_be_visible()
    assert fresh(carl).roles == {Role.SUPERVISOR, Role.FINANCE}
