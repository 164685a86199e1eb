"""The exceptions desk and the live list as people use them: many cases at once, and a list that never jumps."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from backoffice.audit.unit import unit
from backoffice.operations import assignment, desk
from backoffice.operations.models import Answer, Attempt, Operation, Resolution
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from tests.operations import rows
from tests.operations.test_attempts import LOOKED, tried
from tests.pages.stage import LONG, RTL
from tests.ui.axe import violations

pytestmark = pytest.mark.browser

LOGINS = (128001, 128117, 128130, 128255)
WIDE, NARROWEST = {"width": 1440, "height": 900}, {"width": 320, "height": 640}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def cases(live_server, mia, carl, sandbox, settings):
    """Four exceptions that MT5 did not book, and has had the time to."""
    settings.MANAGER_PROCESSING, settings.MANAGER_SKEW = 0, 0
    return [rows.exception(mia, carl, login=login) for login in LOGINS]


def box(page, operation):
    return page.get_by_label(f"Choose {operation.reference}")


def states(operations):
    return [rows.fresh(operation).state for operation in operations]


def test_one_proposes_for_many_and_another_confirms_them(at_desk, carl, chen, cases):
    his, hers = at_desk(carl), at_desk(chen)
    his.goto("/exceptions/")
    for operation in cases[:3]:
        box(his, operation).check()
    expect(his.locator("[data-chosen]")).to_have_text("3 chosen")
    his.get_by_role("button", name="Mark as not booked…").click()
    expect(his.get_by_role("heading", level=1)).to_have_text("Mark as not booked: 3 cases")
    box(his, cases[2]).uncheck()
    his.get_by_role("button", name="Propose for the chosen cases").dblclick()
    expect(his.locator(".aside")).to_have_text("2 done")
    assert Resolution.objects.count() == 2

    hers.goto("/exceptions/?view=confirm")
    hers.get_by_label("Choose all on this page").check()
    expect(hers.locator("[data-chosen]")).to_have_text("2 chosen")
    hers.get_by_role("button", name="Confirm…").click()
    hers.get_by_role("button", name="Confirm the chosen cases").dblclick()

    expect(hers.locator(".aside")).to_have_text("2 done")
    assert states(cases) == [State.NOT_APPLIED, State.NOT_APPLIED, State.EXCEPTION, State.EXCEPTION]


def test_it_works_without_a_script(at_desk, carl, chen, cases):
    his = at_desk(carl, java_script_enabled=False)
    his.goto("/exceptions/")

    his.get_by_role("button", name=f"Take {cases[1].reference}").click()
    expect(his.get_by_role("row", name=cases[1].reference)).to_contain_text("You")
    box(his, cases[0]).check()
    box(his, cases[1]).check()
    his.get_by_role("button", name="Send again…").click()
    his.get_by_role("button", name="Propose for the chosen cases").click()

    expect(his.locator(".aside")).to_have_text("2 done")
    expect(his.get_by_text("Proposed: Send again.").first).to_be_visible()


def test_the_keyboard_chooses_and_walks(at_desk, carl, cases):
    page = at_desk(carl)
    page.goto("/exceptions/")

    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")

    expect(page.locator("[data-chosen]")).to_have_text("2 chosen")
    expect(box(page, cases[0])).to_be_checked()
    expect(box(page, cases[2])).to_be_checked()


def test_the_desk_is_for_every_eye_and_every_width(at_desk, mia, carl, chen, cases):
    """One visit to each page: all of axe's rules in the light, contrast again in the dark, then as narrow as it gets."""
    Operation.objects.filter(pk=cases[0].pk).update(moved_at=cases[0].moved_at - timedelta(hours=5))
    assignment.take(cases[1].pk, by=carl, seen="")
    assignment.take(cases[2].pk, by=chen, seen="")
    tried(cases[0], *[LOOKED] * 12, ("trace", "blind", f"{LONG} {RTL} " * 5))
    chosen = "&".join(f"case={operation.pk}" for operation in cases)
    page, found = at_desk(carl, reduced_motion="reduce"), {}
    for address in ("/exceptions/", f"/exceptions/proposals/?outcome=not_applied&{chosen}", "/operations/",
                    f"/exceptions/confirmations/?{chosen}", f"/operations/{cases[0].pk}/"):  # fmt: skip
        page.set_viewport_size(WIDE)
        page.emulate_media(color_scheme="light")
        page.goto(address)
        for fold in page.locator("details.folded > summary").all():
            fold.click()
        found[address] = violations(page)
        page.emulate_media(color_scheme="dark")
        found[address] += violations(page, "color-contrast")
        page.set_viewport_size(NARROWEST)
        found[address] += [f"{page.evaluate(TOO_WIDE)} px too wide"] if page.evaluate(TOO_WIDE) else []

    assert {address: wrong for address, wrong in found.items() if wrong} == {}


# The list of operations


def in_list(page, operation):
    return page.get_by_role("row", name=operation.reference)


def approve(operation, by):
    desk.approve(operation.pk, by=by, seen=operation.seen, reason=Reason("WITHIN_POLICY"))


def test_a_row_changes_in_its_place_and_keeps_focus_and_scroll(at_desk, live_server, mia, carl):
    made = [rows.awaiting(mia) for _ in range(40)]
    page = at_desk(carl, viewport={"width": 1440, "height": 700})
    page.goto("/operations/")
    target = in_list(page, made[5])
    target.get_by_role("link").first.focus()
    page.evaluate("window.kept = document.activeElement; window.scrolled = document.querySelector('.scroll').scrollTop")
    assert page.evaluate("window.scrolled") > 0

    written = target.locator("time").inner_text()

    approve(made[5], carl)

    expect(target).to_contain_text("Approved, waiting to send")
    expect(page.locator("#tabs")).to_contain_text("Approved 1")
    expect(page.locator("#tabs")).to_contain_text("Pending approval 39")
    assert page.evaluate("window.kept === document.activeElement")
    assert page.evaluate("document.querySelector('.scroll').scrollTop === window.scrolled")
    expect(target.locator("time")).to_have_text(written)


def test_what_is_new_waits_until_somebody_asks_for_it(at_desk, live_server, mia, carl):
    old = rows.awaiting(mia)
    page = at_desk(carl)
    page.goto("/operations/?open=on")
    expect(page.locator("#live")).to_have_text("Live")

    new = rows.awaiting(mia)

    expect(page.locator("#live")).to_contain_text("1 new: show")
    expect(in_list(page, new)).to_have_count(0)
    rows.awaiting(mia)
    expect(page.locator("#live")).to_contain_text("2 new: show")
    assert violations(page) == []
    page.get_by_role("link", name="2 new: show").click()
    expect(in_list(page, new)).to_be_visible()
    expect(in_list(page, old)).to_be_visible()
    expect(page.locator("#live")).to_have_text("Live")
    assert page.url.endswith("/operations/?open=on")


def test_an_open_filter_stays_open_while_the_list_asks_anew(at_desk, live_server, mia, carl):
    operation = rows.awaiting(mia)
    page = at_desk(carl)
    page.goto("/operations/")
    page.locator("summary", has_text="State").click()
    page.get_by_label("Rejected").check()

    approve(operation, carl)

    expect(in_list(page, operation)).to_contain_text("Approved, waiting to send")
    expect(page.get_by_label("Rejected")).to_be_checked()
    expect(page.get_by_label("Rejected")).to_be_visible()


def test_a_hidden_tab_asks_for_nothing(at_desk, live_server, mia, carl):
    rows.awaiting(mia)
    page = at_desk(carl)
    page.goto("/operations/")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "version=" in request.url else None)
    page.evaluate("Object.defineProperty(document, 'hidden', {configurable: true, get: () => true})")

    page.wait_for_timeout(4000)
    assert asked == []

    page.evaluate("Object.defineProperty(document, 'hidden', {configurable: true, get: () => false})")
    with page.expect_response(lambda response: "version=" in response.url) as heard:
        pass
    assert heard.value.status == 204


def test_what_somebody_unfolded_stays_so_when_the_story_goes_on(at_desk, mia, carl, sandbox, live_server):
    operation = tried(rows.queued(mia, carl), LOOKED)
    page = at_desk(carl)
    page.goto(f"/operations/{operation.pk}/")
    page.locator(".timeline summary", has_text="What was asked").click()

    attempt = Attempt.objects.create(operation=operation, purpose="send", token=carl.person_id, at=operation.made_at)
    Answer.objects.create(attempt=attempt, at=operation.made_at, meaning="refused", words="No money.")
    with unit():
        Operation.move(Operation.objects.filter(pk=operation.pk), to=State.CANCELLED, expecting=[State.QUEUED], by=carl)

    expect(page.locator("#status")).to_contain_text("No money.")
    expect(page.locator(".timeline")).to_contain_text("GET /transactions/history")
    expect(page.get_by_text("GET /transactions/history")).to_be_visible()
