"""A restored database on the page of the connections: everybody reads it, two people let it send again."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from backoffice.operations import reopening, restored
from backoffice.operations.models import Restore
from tests.operations import rows
from tests.pages.stage import apart
from tests.ui.axe import violations

pytestmark = pytest.mark.browser

FINE = "The list of what is lost was gone through."


def card(page):
    return page.get_by_role("region", name="Restored database", exact=True)


@pytest.fixture
def restore(mia, carl, sandbox, settings):
    rows.awaiting(mia)
    rows.queued(mia, carl)
    rows.exception(mia, carl, login=128003)
    Path(settings.CHECKPOINT_DIR, f"{10**6}-{'f' * 64}.mark").touch()
    return apart(restored.look)


def test_one_proposes_and_another_confirms(restore, at_desk, ada, chen):
    hers, his = at_desk(ada), at_desk(chen)
    his.goto("/connections/")
    expect(his.locator(".banner")).to_contain_text("This database was restored from a backup.")

    card(his).get_by_role("link", name="Propose reopening…").click()
    his.get_by_role("dialog").get_by_label("Why it may be reopened").fill(FINE)
    assert violations(his) == []
    his.get_by_role("button", name="Propose reopening").click()
    expect(card(his)).to_contain_text("You proposed it; another person confirms it.")
    expect(card(his).get_by_role("button", name=re.compile("Confirm"))).to_have_count(0)

    hers.goto("/connections/")
    expect(card(hers)).to_contain_text(FINE)
    card(hers).get_by_role("button", name="Confirm: send again").dblclick()
    expect(card(hers)).to_have_count(0)
    expect(hers.locator(".banner")).to_have_count(0)
    assert not restored.open_ones().exists()


def test_what_was_left_out_is_said_where_it_is_missing(restore, at_desk, chen):
    page = at_desk(chen, java_script_enabled=False)
    page.goto("/connections/")

    card(page).get_by_role("link", name="Propose reopening…").click()
    page.locator(f"#restore-{restore.pk}").get_by_label("Why it may be reopened").fill("short  ")
    page.locator(f"#restore-{restore.pk} form").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Propose reopening").click()

    expect(page.locator(f"#restore-{restore.pk}")).to_be_visible()
    assert Restore.objects.get().reopening_at is None


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_for_every_eye(restore, at_desk, mia, carl, chen, theme):
    apart(lambda: reopening.propose(restore.pk, by=carl, reason=FINE))

    for who, size in ((carl, (1440, 900)), (chen, (360, 800)), (mia, (390, 844))):
        viewport = {"width": size[0], "height": size[1]}
        page = at_desk(who, color_scheme=theme, viewport=viewport, reduced_motion="reduce")
        for address in ("/connections/", "/"):
            page.goto(address)
            assert violations(page) == [], (who, size, address)
            width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert page.evaluate(width) == 0, (who, size, address)
