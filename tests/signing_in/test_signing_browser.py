"""A signed vote from end to end: approved by a touch in a real Chromium, sent by a worker, verified without this software."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from backoffice.audit import verify_votes
from backoffice.operations import execution
from backoffice.operations.models import Signature
from backoffice.operations.states import State
from tests.emptying import guards_aside
from tests.operations import rows
from tests.operations.bundle_attacks import bundled
from tests.operations.test_signed_votes import publish
from tests.pages.stage import apart
from tests.signing_in import keys
from tests.signing_in.test_browser import enter, give_key, look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def enrol(page: Page) -> None:
    give_key(page)
    enter(page, "carl")
    page.goto("/second-factor/")
    page.get_by_label("What you call it").fill("Yellow key")
    page.get_by_role("button", name="Enrol a passkey").click()
    expect(page.locator(".codes li")).to_have_count(10)


def worked(operation):
    apart(lambda: execution.drain("funding", until=1))
    operation.refresh_from_db()
    return operation.state


def faults(site, settings):
    out = StringIO()
    call_command("votes", stdout=out)
    votes = [json.loads(line) for line in out.getvalue().split("\n") if line]
    assert votes
    return verify_votes.verify(votes, origin=site, audit_key=settings.AUDIT_KEY.reveal().encode())


def test_approved_by_a_touch_it_is_sent_and_verifies_and_tampered_with_it_is_not(
    page,
    site,
    settings,
    sandbox,
    carl,
    mia,
    ada,
    amir,
    cora,
):
    publish(ada, amir, cora, keys.rule())
    enrol(page)
    for login, tamper in ((128001, False), (128002, True)):
        operation = rows.awaiting(mia, login=login)
        page.goto(f"/operations/{operation.pk}/")
        page.get_by_role("button", name="Approve and sign").click()
        # Nothing else is to be clicked: only a passkey will do, and it was touched.
        expect(page.get_by_text("You approved it").first).to_be_visible()
        vote = operation.decisions.get()
        assert (vote.by, vote.grade, vote.signature.nonce != "") == (carl, "signed", True)
        assert faults(site, settings) == []
        if tamper:
            with guards_aside():
                Signature.objects.filter(decision=vote).update(nonce="0" * 64)

        assert worked(operation) == (State.EXCEPTION if tamper else State.APPLIED)

    assert "the signature is over something else" in faults(site, settings)[0]
    page.goto(f"/operations/{operation.pk}/")
    expect(page.get_by_text("So it was not sent.").first).to_be_visible()
    assert sandbox.deals_of(str(operation.pk)) == []


def test_whoever_chooses_to_sign_touches_once_and_who_does_not_is_not_asked(page, carl, mia):
    enrol(page)
    one, other = rows.awaiting(mia), rows.awaiting(mia, login=128002)
    page.goto(f"/operations/{one.pk}/")
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("You approved it").first).to_be_visible()
    page.goto(f"/operations/{other.pk}/")
    page.get_by_role("button", name="Sign with a passkey").click()
    expect(page.get_by_text("You approved it").first).to_be_visible()

    assert (one.decisions.get().grade, other.decisions.get().grade) == ("passkey", "signed")


def test_without_a_script_whoever_must_sign_reads_why_it_cannot_be(new_context, site, page, carl, mia, ada, amir, cora):
    enrol(page)
    publish(ada, amir, cora, keys.rule())
    plain = new_context(base_url=site, java_script_enabled=False).new_page()
    enter(plain, "carl", 1)
    operation = rows.awaiting(mia)
    plain.goto(f"/operations/{operation.pk}/")
    plain.get_by_role("button", name="Approve and sign").click()

    expect(plain.get_by_role("heading", name="Sign with your passkey")).to_be_visible()
    expect(plain.get_by_text("Signing takes JavaScript.")).to_be_visible()
    assert not operation.decisions.exists()


def test_what_signs_is_for_every_eye_and_every_width(seeing, carl, mia, ada, amir, cora, sandbox):
    enrol(seeing)
    offered, bundle = rows.awaiting(mia), bundled(mia)
    publish(ada, amir, cora, keys.rule())
    operation, found = rows.awaiting(mia, login=128002), {}
    for address in (f"/operations/{offered.pk}/", f"/operations/{operation.pk}/", f"/bundles/{bundle.pk}/", "/policy/"):
        seeing.goto(address)
        found[address] = look(seeing)

    assert {name: wrong for name, wrong in found.items() if wrong} == {}
