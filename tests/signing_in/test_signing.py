"""One touch approves and signs: what the page asks a passkey to sign is what is decided, and what is sent beside it is not."""

import html
import json
import re

import pytest
from django.test import Client

from backoffice.audit.models import Entry
from backoffice.operations.canonical import loaded
from backoffice.operations.models import Operation, Signature
from backoffice.operations.states import State
from backoffice.operators.models import KeyUse, Proof
from tests import play
from tests.operations import rows
from tests.operations.bundle_attacks import bundled
from tests.operations.test_signed_votes import publish
from tests.signing_in import door, keys

pytestmark = pytest.mark.django_db
TOUCH, CODE = "second_factor_passkey", "second_factor_code"


@pytest.fixture(autouse=True)
def site(settings):
    settings.PUBLIC_URL = keys.ORIGIN


@pytest.fixture
def his(carl, sandbox):
    client = Client()
    door.enter(client, "carl")
    return client


@pytest.fixture
def key(carl, his):
    return keys.enrolled(carl)


@pytest.fixture
def must_sign(ada, amir, cora):
    return publish(ada, amir, cora, keys.rule())


def asked(answer):
    """What the page that asks has the browser sign, and the form that it brings along."""
    assert (answer.status_code, answer.headers.get("Step-Up")) == (403, "required"), play.page(answer)
    options = json.loads(html.unescape(re.search(r'data-options="([^"]+)"', play.page(answer))[1]))
    (form,) = [fields for fields in play.Fields(play.page(answer)).forms.values() if TOUCH in fields]
    return options, form


def touch(client, answer, key, path, **other):
    options, form = asked(answer)
    key.counter += 1
    return client.post(path, form | {TOUCH: key.get(options)} | other)


def address(operation):
    return f"/operations/{operation.pk}/approval/"


def test_the_touch_that_steps_up_is_the_signature(mia, key, his):
    operation = rows.awaiting(mia, amount="250.00")
    door.age_proofs(minutes=20)

    done = touch(his, play.decide(his, operation), key, address(operation))

    assert done.status_code == 302
    vote = operation.decisions.get()
    assert (vote.grade, vote.signature.fingerprint) == (
        "signed",
        loaded(vote.signature.enrolment.detail)["fingerprint"],
    )
    assert Proof.objects.filter(purpose=address(operation)).count() == 1


def test_where_one_is_fresh_below_the_tier_nobody_is_asked_and_the_vote_says_so(mia, key, his):
    operation = rows.awaiting(mia, amount="250.00")

    assert play.decide(his, operation).status_code == 302

    assert operation.decisions.get().grade == "totp"


def test_whoever_chooses_to_sign_is_asked_though_nothing_is_stale(mia, key, his):
    operation = rows.awaiting(mia, amount="250.00")
    page = play.page(his.get(f"/operations/{operation.pk}/"))
    assert "Sign with a passkey" in page

    done = touch(his, play.decide(his, operation, sign="yes"), key, address(operation))

    assert done.status_code == 302
    assert operation.decisions.get().grade == "signed"


def test_nobody_is_offered_what_they_cannot_do(mia, his):
    operation = rows.awaiting(mia, amount="250.00")
    assert "Sign with a passkey" not in play.page(his.get(f"/operations/{operation.pk}/"))


def test_where_the_policy_takes_signed_votes_a_touch_is_asked_each_time(mia, key, his, must_sign):
    for login in (128001, 128002):
        operation = rows.awaiting(mia, login=login)
        assert "Approve and sign" in play.page(his.get(f"/operations/{operation.pk}/"))
        answer = play.decide(his, operation)
        assert CODE not in play.Fields(play.page(answer)).forms[address(operation)]
        assert touch(his, answer, key, address(operation)).status_code == 302
    assert [vote.grade for vote in (row.decisions.get() for row in Operation.objects.all())] == ["signed", "signed"]


@pytest.mark.django_db(transaction=True)  # it may wait for the app's next code, and no transaction waits with it
def test_a_code_is_the_lesser_grade_and_is_not_taken_there(mia, key, his, must_sign):
    operation = rows.awaiting(mia)
    _, form = asked(play.decide(his, operation))

    again = his.post(address(operation), form | {CODE: door.code("carl", near=1)})

    assert again.status_code == 403
    assert not operation.decisions.exists()


def test_whoever_has_no_passkey_reads_why_they_cannot_decide(mia, his, must_sign):
    operation = rows.awaiting(mia)

    assert "you have none. Add one under Second factor." in play.page(his.get(f"/operations/{operation.pk}/"))
    assert play.decide(his, operation).status_code == 403
    bundle = bundled(mia)
    assert "you have none. Add one under Second factor." in play.page(his.get(f"/bundles/{bundle.pk}/"))


def test_what_takes_signed_votes_is_decided_by_itself(mia, key, his, must_sign):
    operation = rows.awaiting(mia)
    page = play.page(his.get(f"/approvals/approval/?case={operation.pk}"))
    assert "It is decided by itself: needs 1 supervisor, signed with a passkey." in page


def test_another_form_than_the_one_that_was_to_be_signed_is_refused(mia, key, his):
    """Somebody between the browser and us sends the touch along with what another page showed."""
    operation = rows.awaiting(mia, amount="250.00")
    door.age_proofs(minutes=20)
    answer = play.decide(his, operation)
    other = play.Fields(play.page(his.get(f"/operations/{operation.pk}/"))).forms[address(operation)]["sight"]
    assert other

    again = touch(his, answer, key, address(operation), sight=other)

    assert again.status_code == 403
    assert not operation.decisions.exists()
    assert "not what was to be signed" in door.told("second_factor_refused")[-1].reason


def test_a_touch_is_taken_once_and_for_its_own_request(mia, key, his, must_sign):
    one, other = rows.awaiting(mia), rows.awaiting(mia, login=128002)
    answer = play.decide(his, one)
    options, form = asked(answer)
    key.counter += 1
    sent = key.get(options)
    assert his.post(address(one), form | {TOUCH: sent}).status_code == 302

    _, form = asked(play.decide(his, other))
    assert his.post(address(other), form | {TOUCH: sent}).status_code == 403
    assert not other.decisions.exists()


def test_a_key_whose_counter_does_not_go_up_signs_nothing(mia, key, his, must_sign):
    key.counter = 5
    first, second = rows.awaiting(mia), rows.awaiting(mia, login=128002)
    assert touch(his, play.decide(his, first), key, address(first)).status_code == 302
    key.counter = 5

    assert (
        touch(
            his,
            play.decide(his, second),
            key,
            address(second),
        ).status_code
        == 403
    )

    assert KeyUse.objects.get().counter == 6
    assert not second.decisions.exists()
    assert door.told("passkey_copied")


def test_a_synced_passkey_counts_nothing_and_signs(mia, carl, his, must_sign):
    key = keys.enrolled(carl, counter=0)
    for login in (128001, 128002):
        operation = rows.awaiting(mia, login=login)
        options, form = asked(play.decide(his, operation))
        assert his.post(address(operation), form | {TOUCH: key.get(options)}).status_code == 302


def test_a_large_one_is_signed_by_the_touch_that_is_spent_on_it(mia, key, his):
    operation = rows.awaiting(mia, amount="100000.00")
    assert touch(his, play.decide(his, operation), key, address(operation)).status_code == 302
    assert operation.decisions.get().grade == "signed"
    assert len(door.told("second_factor_spent")) == 1


def test_one_touch_covers_a_bundle(mia, key, his, must_sign):
    bundle = bundled(mia)
    path = f"/bundles/{bundle.pk}/approval/"
    form = play.Fields(play.page(his.get(f"/bundles/{bundle.pk}/"))).forms[path]
    totals = {name: "500.00" for name in form if name.startswith("total")}

    done = touch(his, his.post(path, form | totals | {"reason_code": "WITHIN_POLICY"}), key, path)

    assert done.status_code == 302, play.page(done)
    assert Signature.objects.get().ballot.bundle == bundle
    bundle.refresh_from_db()
    assert bundle.state == "approved"
    assert loaded(Entry.objects.filter(action="bundle.vote").get().detail)["grade"] == "signed"


def test_a_stale_page_is_signed_in_vain(mia, key, his, must_sign):
    bundle = bundled(mia)
    path = f"/bundles/{bundle.pk}/approval/"
    form = {"seen": "0" * 64, "reason_code": "WITHIN_POLICY"}

    answer = touch(his, his.post(path, form), key, path)

    assert answer.status_code == 409
    assert not Signature.objects.exists()


def test_the_story_and_the_decision_say_how_it_was_given(mia, key, his, must_sign):
    operation = rows.awaiting(mia)
    touch(his, play.decide(his, operation), key, address(operation))
    operation.refresh_from_db()
    assert operation.state == State.QUEUED

    page = play.page(his.get(f"/operations/{operation.pk}/"))
    decision = play.page(his.get(f"/operations/{operation.pk}/decisions/{operation.decisions.get().pk}/"))

    assert "signed with a passkey" in page
    assert operation.decisions.get().signature.fingerprint in decision
