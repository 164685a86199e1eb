"""Signed votes: what a passkey signs is that vote and no other; it is verified as it is given, and again before anything is sent."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.operations import desk, execution, queue, signed, signing, versions
from backoffice.operations.bundles import deciding, following
from backoffice.operations.bundles.shown import shown as shown_of_bundle
from backoffice.operations.canonical import hash_of, loaded
from backoffice.operations.models import BundleDecision, Decision, Member, Operation, Sight, Signature
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from backoffice.operators import factors
from backoffice.operators.enrolments import REMOVED
from backoffice.operators.signing import Given
from tests.emptying import guards_aside
from tests.operations import rows
from tests.operations.bundle_attacks import bundled, put_together
from tests.signing_in import keys
from tests.signing_in.softkey import PRESENT

pytestmark = pytest.mark.django_db(transaction=True)
OK = Reason("WITHIN_POLICY")
CODE = Given("totp")


@pytest.fixture(autouse=True)
def site(settings):
    settings.PUBLIC_URL = keys.ORIGIN


@pytest.fixture
def key(carl):
    return keys.enrolled(carl)


def publish(ada, amir, cora, *rules):
    with unit() as work:
        return versions.publish(rules, note="A test.", author=ada, administrator=amir, compliance=cora, work=work)


@pytest.fixture
def must_sign(ada, amir, cora):
    return publish(ada, amir, cora, keys.rule())


def sent(operation):
    """What the worker makes of it."""
    execution.drain("funding", until=1)
    operation.refresh_from_db()
    return operation


# What is signed


def test_a_signed_vote_is_kept_whole_and_said_in_the_trail(mia, carl, key):
    operation = keys.approve(rows.awaiting(mia), by=carl, key=key)

    vote = operation.decisions.get()
    assert (operation.state, operation.is_signed, vote.grade) == (State.QUEUED, True, "signed")
    told = loaded(Entry.objects.filter(action="operation.vote").latest("seq").detail)
    assert (told["grade"], told["key"], told["nonce"]) == ("signed", vote.signature.fingerprint, vote.signature.nonce)
    added = loaded(vote.signature.enrolment.detail)
    assert added["fingerprint"] == vote.signature.fingerprint


@pytest.mark.parametrize(("factor", "grade"), [(CODE, "totp"), (Given("passkey"), "passkey"), (Given(), "")])
def test_without_a_signature_the_grade_says_what_there_was(factor, grade, mia, carl):
    operation = rows.awaiting(mia)

    desk.approve(operation.pk, by=carl, seen=operation.seen, reason=OK, factor=factor)

    operation.refresh_from_db()
    assert (operation.decisions.get().grade, operation.is_signed) == (grade, False)
    assert not Signature.objects.exists()


def refused(operation, by, factor, *, sight=None):
    with pytest.raises(desk.Refusal, match="signature does not hold"):
        desk.approve(
            operation.pk,
            by=by,
            seen=operation.seen,
            reason=OK,
            sight=sight or keys.sight(operation, by=by),
            factor=factor,
        )
    operation.refresh_from_db()
    assert (operation.state, operation.decisions.exists()) == (State.AWAITING_APPROVAL, False)
    assert not Signature.objects.exists()


def signed_for(operation, by, key, **claims):
    return keys.given(keys.assertion(key, signing.leaf_of(operation, keys.sight(operation, by=by), by=by), **claims))


def test_what_was_signed_for_one_request_approves_no_other(mia, carl, key):
    one, other = rows.awaiting(mia), rows.awaiting(mia, login=128002)
    refused(other, carl, signed_for(one, carl, key))


def test_what_was_signed_for_a_request_approves_not_the_same_one_submitted_again(mia, carl, key):
    one = rows.awaiting(mia)
    factor = signed_for(one, carl, key)
    desk.send_back(one.pk, by=carl, seen=one.seen, reason=Reason("WRONG_AMOUNT", "Half of it."))
    refused(rows.awaiting(mia, resubmission_of=rows.fresh(one)), carl, factor)


def test_what_was_signed_on_one_sight_approves_nothing_on_another(mia, carl, key):
    operation = rows.awaiting(mia)
    seen = keys.sight(operation, by=carl)
    factor = keys.given(keys.assertion(key, signing.leaf_of(operation, seen, by=carl)))
    refused(operation, carl, factor, sight=replace(seen, name="Somebody Else"))


def test_what_was_signed_under_one_verdict_approves_nothing_under_another(mia, carl, key):
    operation = rows.awaiting(mia)
    seen = replace(keys.sight(operation, by=carl), seen="0" * 64)
    refused(operation, carl, keys.given(keys.assertion(key, signing.leaf_of(operation, seen, by=carl))))


def test_one_persons_signature_is_nobody_elses_vote(mia, carl, chen, key):
    operation = rows.awaiting(mia)
    refused(operation, chen, signed_for(operation, carl, key))
    refused(operation, chen, signed_for(operation, chen, key))


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://desk.example:8443"},
        {"origin": "https://www.desk.example"},
        {"origin": "https://desk.example/"},
        {"origin": "http://desk.example"},
        {"cross_origin": True},
        {"cross_origin": "false"},
        {"host": "www.desk.example"},
        {"flags": PRESENT},
        {"flags": 0},
    ],
)
def test_what_was_signed_elsewhere_or_by_nobody_verified_is_no_signature(lie, mia, carl, key):
    for name, value in lie.items():
        setattr(key, name, value)
    operation = rows.awaiting(mia)
    refused(operation, carl, signed_for(operation, carl, key))


def test_a_key_of_another_algorithm_or_another_type_of_answer_is_none(mia, carl, key):
    operation = rows.awaiting(mia)
    refused(operation, carl, signed_for(operation, carl, keys.enrolled(carl, algorithm="eddsa")))
    refused(operation, carl, signed_for(operation, carl, key, type="webauthn.create"))


def test_keys_of_both_algorithms_sign(mia, carl, chen, key):
    keys.approve(rows.awaiting(mia), by=carl, key=key)
    other = keys.approve(rows.awaiting(mia, login=128002), by=chen, key=keys.enrolled(chen, algorithm="rs256"))
    assert other.state == State.QUEUED


def test_another_nonce_is_another_question(mia, carl, key):
    operation = rows.awaiting(mia)
    factor = signed_for(operation, carl, key)
    refused(operation, carl, Given("passkey", replace(factor.signed, nonce="0" * 64)))


def test_a_nonce_is_used_once_for_ever(mia, carl, chen, key):
    first = keys.approve(rows.awaiting(mia), by=carl, key=key).decisions.get().signature
    operation = rows.awaiting(mia, login=128002)
    seen = keys.sight(operation, by=chen)
    again = keys.assertion(keys.enrolled(chen), signing.leaf_of(operation, seen, by=chen), nonce=first.nonce)

    with pytest.raises(IntegrityError):
        desk.approve(operation.pk, by=chen, seen=operation.seen, reason=OK, sight=seen, factor=keys.given(again))
    assert not operation.decisions.exists()


def test_a_key_that_the_trail_does_not_know_signs_nothing(mia, carl, key):
    """Whoever can write the table of keys puts one of their own there."""
    operation, stranger = rows.awaiting(mia), keys.enrolled(mia)
    factor = signed_for(operation, carl, stranger)
    refused(operation, carl, factor)
    refused(
        operation,
        carl,
        Given("passkey", replace(factor.signed, enrolled=signed_for(operation, carl, key).signed.enrolled)),
    )


def test_a_key_that_was_removed_signs_nothing_though_its_row_be_back(mia, carl, key):
    operation = rows.awaiting(mia)
    factor = signed_for(operation, carl, key)
    with unit(by=carl) as work:
        work.note(REMOVED, on=("factor", keys.row_of(key).pk), detail={"type": "webauthn"})
    refused(operation, carl, factor)


def test_nor_does_one_after_all_were_reset(mia, carl, key):
    operation = rows.awaiting(mia)
    factor = signed_for(operation, carl, key)
    with unit() as work:
        factors.reset(carl, work=work)
    carl.refresh_from_db()
    refused(operation, carl, factor)


# What the rules ask for


def test_the_rules_that_are_shipped_ask_for_no_signature():
    assert not [rule for rule in versions.in_force().rules.all if rule.is_signed]


def test_where_a_rule_takes_signed_votes_no_other_counts(mia, carl, key, must_sign):
    operation = rows.awaiting(mia)
    assert operation.judged.words == "Needs 1 supervisor, signed with a passkey"

    with pytest.raises(desk.Refusal, match="signed with a passkey"):
        desk.approve(operation.pk, by=carl, seen=operation.seen, reason=OK, factor=CODE)
    assert not operation.decisions.exists()

    assert keys.approve(operation, by=carl, key=key).state == State.QUEUED


def test_a_rule_that_takes_signed_votes_holds_under_a_stricter_one_too(mia, carl, chen, key, ada, amir, cora):
    two = {"number": "91", "words": "Two", "kinds": ["funding.deposit"], "needs": [["supervisor"], ["supervisor"]]}
    publish(ada, amir, cora, keys.rule(), two)
    operation = rows.awaiting(mia)

    assert operation.judged.words == "Needs 2: supervisor + supervisor, each signed with a passkey"
    assert keys.approve(operation, by=carl, key=key).state == State.AWAITING_APPROVAL
    assert keys.approve(operation, by=chen, key=keys.enrolled(chen)).state == State.QUEUED


def test_a_rule_that_comes_later_is_asked_of_what_waits(mia, carl, key, ada, amir, cora):
    operation = rows.awaiting(mia)
    publish(ada, amir, cora, keys.rule())

    with pytest.raises(desk.Refusal, match="signed with a passkey"):
        desk.approve(operation.pk, by=carl, seen=operation.seen, reason=OK, factor=CODE)
    done = keys.approve(operation, by=carl, key=key)

    assert (done.state, done.needs_signed) == (State.QUEUED, True)


def test_what_takes_signed_votes_takes_them_still_when_the_rules_become_milder_or_stricter(
    mia, carl, chen, ada, amir, cora
):
    publish(ada, amir, cora, keys.rule())
    operation = rows.awaiting(mia)
    publish(
        ada,
        amir,
        cora,
        keys.rule(needs=[["supervisor"], ["supervisor"]]) | {"words": "Two"},
        keys.rule("92", kinds=["x.y"]),
    )
    plain = {"number": "1", "words": "Two", "kinds": ["funding.deposit"], "needs": [["supervisor"], ["supervisor"]]}
    publish(ada, amir, cora, plain)

    waits = keys.approve(operation, by=carl, key=keys.enrolled(carl))

    assert (waits.state, waits.needs, waits.needs_signed) == (State.AWAITING_APPROVAL, 2, True)
    assert keys.approve(operation, by=chen, key=keys.enrolled(chen)).state == State.QUEUED


@pytest.mark.parametrize(
    "wrong", [{"signed": False}, {"signed": "yes"}, {"signed": 1}, {"needs": []}, {"needs": "block"}]
)
def test_what_is_no_rule_of_signatures_is_refused(wrong):
    with pytest.raises(versions.Unfit):
        versions.fit([keys.rule(**wrong)])


# Before it is sent


def test_a_signed_request_is_sent(mia, carl, key, sandbox, must_sign):
    operation = keys.approve(rows.awaiting(mia), by=carl, key=key)
    assert sent(operation).state == State.APPLIED


def alter(model, **changes):
    """As whoever owns the database can."""
    with guards_aside():
        model.objects.update(**changes)


def swapped(carl, mia):
    """A key of the thief's in the place of the one that signed, and what it signed, with an entry made up for it."""
    operation, vote = Operation.objects.get(), Decision.objects.get()
    thiefs = keys.enrolled(mia)
    leaf = signing.leaf(
        on="operation", pk=operation.pk, hashed=vote.payload_hash, seen=vote.seen, sight=vote.sight.digest, by="carl"
    )
    made = keys.assertion(thiefs, leaf, nonce=vote.signature.nonce)
    forged = Entry.objects.get(pk=made.enrolled)
    with guards_aside():
        Entry.objects.filter(pk=forged.pk).update(operator_id=carl.operator_id, person=str(carl.person_id))
        Signature.objects.update(
            fingerprint=made.fingerprint, enrolment=forged.pk, **{name: getattr(made, name) for name in signed.PARTS}
        )


TAMPERED = {
    "another signature": lambda c, m: alter(Signature, signature="MEUCIQ"),
    "nonsense": lambda c, m: alter(Signature, credential="AAAA", client="W10", authenticator="AA"),
    "a credential cut short": lambda c, m: alter(Signature, credential="A" * 23),
    "another page": lambda c, m: alter(Sight, digest="0" * 64),
    "another seen": lambda c, m: alter(Decision, seen="0" * 64),
    "another payload": lambda c, m: alter(Decision, payload_hash="0" * 64),
    "another nonce": lambda c, m: alter(Signature, nonce="0" * 64),
    "another voter": lambda c, m: alter(Decision, by=m.pk),
    "no signature": lambda c, m: alter_away(Signature),
    "no vote": lambda c, m: (alter_away(Signature), alter_away(Sight), alter_away(Decision)),
    "another key": swapped,
    "an enrolment that says another key": lambda c, m: alter(Entry, detail='{"fingerprint":"x"}'),
}


def alter_away(model):
    with guards_aside():
        model.objects.all().delete()


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_tampered_with_is_not_sent_and_two_people_look_at_it(name, mia, carl, key, sandbox):
    operation = keys.approve(rows.awaiting(mia), by=carl, key=key)
    TAMPERED[name](carl, mia)

    assert sent(operation).state == State.EXCEPTION

    assert sandbox.deals_of(str(operation.pk)) == []
    told = loaded(Entry.objects.filter(action="operation.exception").latest("seq").detail)
    assert "So it was not sent." in told["answer"]


def test_where_it_takes_two_signed_votes_one_vote_twice_is_not_two(mia, carl, chen, key, sandbox, ada, amir, cora):
    publish(ada, amir, cora, keys.rule(needs=[["supervisor"], ["supervisor"]]))
    operation = rows.awaiting(mia)
    keys.approve(operation, by=carl, key=key)
    keys.approve(operation, by=chen, key=keys.enrolled(chen))
    with guards_aside():
        Signature.objects.filter(decision__by=chen).delete()
        Decision.objects.filter(by=chen).update(grade="")

    assert sent(operation).state == State.EXCEPTION
    assert (
        "takes 2 signed approvals, and 1 of them"
        in loaded(Entry.objects.filter(action="operation.exception").latest("seq").detail)["answer"]
    )


def test_a_worker_that_knows_another_house_sends_nothing_that_was_signed(mia, carl, key, sandbox, settings):
    operation = keys.approve(rows.awaiting(mia), by=carl, key=key)
    settings.PUBLIC_URL = "https://other.example"
    assert sent(operation).state == State.EXCEPTION


def test_sent_again_by_two_people_it_is_verified_again(mia, carl, key, sandbox):
    operation = keys.approve(rows.awaiting(mia), by=carl, key=key)
    alter(Signature, signature="MEUCIQ")
    assert sent(operation).state == State.EXCEPTION
    with guards_aside(), unit():
        Operation.move(Operation.objects.filter(pk=operation.pk), to=State.QUEUED, expecting=[State.EXCEPTION])
    assert sent(operation).state == State.EXCEPTION
    assert sandbox.deals_of(str(operation.pk)) == []


def test_a_claim_asks_for_signatures_once_and_only_where_there_are_any(mia, carl, chen, key):
    for login in (128001, 128002):
        rows.queued(mia, carl, login=login)
    assert "operations_signature" not in claimed()
    for login in (128101, 128102, 128103):
        keys.approve(rows.awaiting(mia, login=login), by=carl, key=key)
    assert claimed().count('FROM "operations_signature"') <= 1


def claimed():
    with CaptureQueriesContext(connection) as asked:
        assert queue.claim("funding", most=16, now=rows.clock.now())
    told = [query["sql"] for query in asked.captured_queries if "operations_signature" in query["sql"]]
    assert len(told) <= 1
    return " ".join(told)


# Bundles


def test_one_touch_covers_a_bundle(mia, carl, key, sandbox):
    made = [rows.awaiting(mia, login=login) for login in (128001, 128002, 128101)]
    bundle = keys.approve_bundle(put_together(made, by=mia), by=carl, key=key)
    assert Signature.objects.get().ballot.bundle == bundle
    following.follow("funding")
    execution.drain("funding", until=2)

    assert [(row.state, row.is_signed) for row in Operation.objects.all()] == [(State.APPLIED, True)] * 3


def test_a_bundle_in_which_anybody_takes_signed_votes_takes_them_alone(mia, carl, key, must_sign):
    bundle = bundled(mia)
    assert "signed with a passkey" in shown_of_bundle(bundle).asked.words
    with pytest.raises(desk.Refusal, match="signed with a passkey"):
        deciding.approve(bundle.pk, by=carl, seen=shown_of_bundle(bundle).seen, reason=OK, factor=CODE)
    keys.approve_bundle(bundle, by=carl, key=key)
    following.follow("funding")

    assert {row.state for row in Operation.objects.all()} == {State.QUEUED}


IN_BUNDLES = {
    "another signature": lambda: alter(Signature, signature="MEUCIQ"),
    "another page": lambda: alter(BundleDecision, seen="0" * 64),
    "another bundle's hash": lambda: alter(BundleDecision, hash="0" * 64),
    "other members": lambda: alter(Member, payload_hash="0" * 64),
    "no signature": lambda: alter_away(Signature),
}


@pytest.mark.parametrize("name", IN_BUNDLES)
def test_nothing_of_a_bundle_that_was_tampered_with_is_sent(name, mia, carl, key, sandbox):
    keys.approve_bundle(bundled(mia), by=carl, key=key)
    following.follow("funding")
    signed._members.cache_clear()
    IN_BUNDLES[name]()

    execution.drain("funding", until=1)

    assert {row.state for row in Operation.objects.all()} == {State.EXCEPTION}
    assert not [deal for row in Operation.objects.all() for deal in sandbox.deals_of(str(row.pk))]


def test_a_member_that_was_swapped_for_another_payload_is_not_sent(mia, carl, key, sandbox):
    """Also where its payload, its hash and its place in the bundle all say the same new thing."""
    keys.approve_bundle(bundled(mia), by=carl, key=key)
    following.follow("funding")
    signed._members.cache_clear()
    one = Operation.objects.order_by("pk").first()
    payload = one.payload.replace("250.00", "999.00")
    assert payload != one.payload
    with guards_aside():
        Operation.objects.filter(pk=one.pk).update(payload=payload, payload_hash=hash_of(payload))
        Member.objects.filter(operation=one).update(payload_hash=hash_of(payload))

    execution.drain("funding", until=1)

    assert {row.state for row in Operation.objects.all()} == {State.EXCEPTION}


def test_a_signature_of_a_bundle_is_none_on_another(mia, carl, key):
    one, other = bundled(mia), bundled(mia, title="Others", amount="251.00")
    seen = shown_of_bundle(one).seen
    factor = keys.given(keys.assertion(key, signing.leaf_of_bundle(one, seen, by=carl)))
    with pytest.raises(desk.Refusal, match="signature does not hold"):
        deciding.approve(other.pk, by=carl, seen=shown_of_bundle(other).seen, reason=OK, factor=factor)
    assert not BundleDecision.objects.exists()
