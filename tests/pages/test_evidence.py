"""Evidence as people see it: chosen, kept while the form is mended, shown where it is decided, and downloaded."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from backoffice.audit.models import Entry
from backoffice.operations.models import Operation
from tests import play
from tests.files import chosen, pdf, png
from tests.pages.stage import LONG, RTL, apart, pending
from tests.pages.test_every_page import TOO_WIDE
from tests.ui.axe import violations

pytestmark = pytest.mark.browser

FORM = "/funding/deposit/?login=128001"
SIZES = ({"width": 1440, "height": 900}, {"width": 360, "height": 740}, {"width": 320, "height": 640})


def file(name="swift-88412.pdf", content=None):
    return {"name": name, "mimeType": "application/pdf", "buffer": pdf() if content is None else content}


BAD = file("photo.png", b"<html><script>alert(1)</script>")


def test_a_file_is_taken_at_once_and_submitted_with_the_form(at_desk, mia, carl, sandbox):
    page = at_desk(mia)
    page.goto(FORM)
    page.get_by_label("Amount in USD").fill("12000")
    expect(page.locator("#effect")).to_contain_text("without evidence")

    page.get_by_label("Choose files").set_input_files([file(), file("note.png", png())])

    expect(page.locator("#evidence .files li")).to_have_count(2)
    expect(page.locator("#effect")).not_to_contain_text("without evidence")
    expect(page.locator("#effect")).to_contain_text("13,240.10")
    page.get_by_label("note.png").uncheck()
    page.get_by_role("button", name="Submit for approval").click()
    page.wait_for_url(re.compile("/operations/"))
    assert [file.name for file in Operation.objects.get().instruction.evidence] == ["swift-88412.pdf"]


def test_what_is_not_taken_is_said_at_its_field_and_the_form_goes_on(at_desk, mia, sandbox):
    page = at_desk(mia)
    page.goto(FORM)
    page.get_by_label("Amount in USD").fill("12000")
    expect(page.locator("#effect")).to_contain_text("without evidence")

    page.get_by_label("Choose files").set_input_files([BAD, file()])

    expect(page.locator("#evidence .errorlist")).to_contain_text("photo.png is neither a PDF")
    # What was taken counts all the same.
    expect(page.locator("#effect")).not_to_contain_text("without evidence")
    expect(page.locator("#evidence .files li")).to_have_count(1)
    page.get_by_label("Payment reference").fill("kept")
    page.get_by_role("button", name="Submit for approval").click()
    page.wait_for_url(re.compile("/operations/"))


def test_all_of_it_works_without_a_script(at_desk, mia, carl, sandbox):
    page, his = at_desk(mia, java_script_enabled=False), at_desk(carl, java_script_enabled=False)
    page.goto(FORM)
    page.get_by_label("Amount in USD").fill("12,000")
    page.get_by_label("Payment reference").fill("HBKGB 2311-88412")
    page.get_by_label("Choose files").set_input_files([file(), BAD])

    page.get_by_role("button", name="Submit for approval").click()
    expect(page.locator("#evidence .files li")).to_have_count(1)
    expect(page.get_by_role("alert")).to_contain_text("photo.png is neither")
    page.get_by_label("Amount in USD").fill("12000")
    page.get_by_role("button", name="Show the effect").click()
    expect(page.locator("#effect")).to_contain_text("13,240.10")
    page.get_by_role("button", name="Submit for approval").click()

    page.wait_for_url(re.compile("/operations/"))
    his.goto(page.url)
    with his.expect_download() as downloading:
        his.get_by_role("link", name="swift-88412.pdf").click()
    assert downloading.value.suggested_filename == "swift-88412.pdf"
    assert Path(downloading.value.path()).read_bytes() == pdf()
    assert Entry.objects.latest("seq").action == "evidence.downloaded"


def test_a_download_leaves_the_page_as_it_is(at_desk, carl, cast):
    operation = pending(cast, evidence_files=chosen())
    page = at_desk(carl)
    page.goto(f"/operations/{operation.pk}/")

    with page.expect_download() as downloading:
        page.get_by_role("link", name="swift-88412.pdf").click()

    assert Path(downloading.value.path()).read_bytes() == pdf()
    expect(page.get_by_role("button", name="Approve")).to_be_enabled()


def test_a_browser_that_opens_the_address_saves_and_shows_nothing(at_desk, carl, cast):
    operation = pending(cast, evidence_files=chosen("note.png", png()))
    (named,) = operation.instruction.evidence
    page = at_desk(carl)
    page.goto("/")

    with page.expect_download():
        page.evaluate(f"location.assign('/operations/{operation.pk}/evidence/{named.sha256}/')")

    assert page.url.endswith("/")


@pytest.mark.slow
def test_each_of_its_screens_is_for_every_eye_and_every_width(at_desk, mia, carl, cast, sandbox):
    long = [chosen(f"{LONG} {LONG}.pdf"), chosen(f"{RTL}.png"), chosen("note.jpg")]
    operation = apart(lambda: play.deposited(cast.maker, 128001, "2500.00", evidence_files=chosen("earlier.pdf")))
    warned = apart(lambda: _with(cast.maker, long))
    assert warned.judged.warnings
    apart(lambda: play.decide(cast.checker, operation))
    vote = f"/operations/{operation.pk}/decisions/{operation.decisions.get().pk}/"
    hers, his = at_desk(mia, reduced_motion="reduce"), at_desk(carl, reduced_motion="reduce")
    hers.goto(FORM)
    hers.get_by_label("Amount in USD").fill("12000")
    hers.get_by_label("Choose files").set_input_files(
        [BAD, *(file(each.name, pdf(each.name)) for each in long[:1]), file()]
    )
    expect(hers.locator("#evidence .files li")).to_have_count(2)

    found = _looked_at(hers, "form")
    for name, address in (
        ("decision", f"/operations/{warned.pk}/"),
        ("kept", vote),
        ("account", "/accounts/128001/"),
        ("together", f"/approvals/approval/?case={operation.pk}&case={warned.pk}"),
    ):
        his.goto(address)
        found |= _looked_at(his, name)

    assert {where: wrong for where, wrong in found.items() if wrong} == {}


def _with(client, files):
    form = play.filled(client, "/funding/deposit/", 128001, amount="2600.00", **play.WIRE)
    return play.found(client.post("/funding/deposit/", form | {"evidence_files": files}))


def _looked_at(page, name):
    found = {}
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for size in SIZES:
            page.set_viewport_size(size)
            rules = () if theme == "light" else ("color-contrast",)
            found[name, theme, size["width"]] = [*violations(page, *rules)] + (
                [f"{page.evaluate(TOO_WIDE)} px too wide"] if page.evaluate(TOO_WIDE) else []
            )
            if shots := os.environ.get("SHOTS"):
                page.screenshot(path=f"{shots}/{name}-{theme}-{size['width']}.png", full_page=True)
    return found
