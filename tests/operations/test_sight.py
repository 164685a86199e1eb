"""What was seen is kept with the vote: signed for one person and one operation, whole, and drawn again as it was."""

import json

import pytest
from django.core import signing

from backoffice.audit.models import Entry
from backoffice.operations import comments, desk, sealing
from backoffice.operations.canonical import canonical, hash_of
from backoffice.operations.models import Decision, Sight
from backoffice.operations.reasons import Reason
from backoffice.operations.showing import look, shown
from backoffice.operations.shown import from_text
from backoffice.operations.states import State
from tests import play
from tests.emptying import guards_aside
from tests.operations import rows

pytestmark = pytest.mark.django_db
OK = Reason("WITHIN_POLICY")
ACTS = {"approval": "WITHIN_POLICY", "rejection": "WRONG_AMOUNT", "return": "WRONG_AMOUNT"}


def form_of(client, operation, act="approval"):
    """The form as the page carries it."""
    page = play.page(client.get(f"/operations/{operation.pk}/"))
    return play.Fields(page).forms[f"/operations/{operation.pk}/{act}/"] | {"reason_code": ACTS[act], "reason": ""}


def post(client, operation, form, act="approval"):
    return client.post(f"/operations/{operation.pk}/{act}/", form)


@pytest.mark.parametrize("act", ACTS)
def test_with_each_vote_stands_what_the_page_showed(act, mia, carl, sandbox, signed_in):
    client, operation = signed_in(carl), play.deposited(signed_in(mia), 128001, "250.00")
    form = form_of(client, operation, act)

    assert post(client, operation, form, act).status_code == 302

    kept = Decision.objects.get().sight
    seen = from_text(kept.text)
    assert kept.digest == hash_of(kept.text)
    assert (seen.page, seen.by, seen.operator_id) == ("operation", "Carl", carl.operator_id)
    assert (seen.payload_hash, seen.seen) == (operation.payload_hash, operation.seen)
    assert [fact.label for fact in seen.fields] == [fact.label for fact in operation.instruction.listed()]
    assert seen.is_live
    assert seen.read_at <= Decision.objects.get().at


def test_what_is_kept_is_what_was_rendered_and_not_what_there_is_at_the_vote(mia, carl, sandbox, signed_in):
    client, operation = signed_in(carl), play.deposited(signed_in(mia), 128001, "250.00")
    form = form_of(client, operation)
    before = sandbox.account(128001)["balance"]

    sandbox.terminal(128001, "deposit", "10.00")
    post(client, operation, form)

    balance = next(row for row in from_text(Sight.objects.get().text).account if row.label == "Balance")
    assert balance.now == before


def test_values_come_back_from_their_text_as_they_were(mia, carl, sandbox):
    operation = rows.awaiting(mia)
    told = shown(operation, by=carl, account=look(operation, by=carl), page="operation")

    again = from_text(told.text)

    assert again.text == told.text
    assert again.digest == told.digest
    assert list(again.account) == list(told.account)
    assert list(again.fields) == list(told.fields)
    assert list(again.request) == list(told.request)


@pytest.mark.parametrize("act", ACTS)
def test_a_decision_that_comes_from_no_page_is_refused_and_noted(act, mia, carl, sandbox, signed_in):
    client, operation = signed_in(carl), play.deposited(signed_in(mia), 128001, "250.00")

    answer = post(client, operation, {"seen": operation.seen, "reason_code": ACTS[act]}, act)

    assert answer.status_code == 409
    assert "did not come from the page" in play.page(answer)
    assert not Decision.objects.exists()
    assert Entry.objects.filter(action="operation.act_refused", operator_id=carl.operator_id).count() == 1


def test_nobody_presents_what_another_saw_nor_what_was_seen_of_another(mia, carl, chen, sandbox, signed_in):
    maker = signed_in(mia)
    first, second = play.deposited(maker, 128001, "250.00"), play.deposited(maker, 128002, "250.00")
    at_carl, at_chen = signed_in(carl), signed_in(chen)
    carls, of_second = form_of(at_carl, first), form_of(at_carl, second)

    assert post(at_chen, first, carls).status_code == 409
    assert post(at_carl, first, carls | {"sight": of_second["sight"]}).status_code == 409

    assert not Decision.objects.exists()


def test_a_sight_that_was_tampered_with_or_made_up_is_none(mia, carl, sandbox, signed_in):
    client, operation = signed_in(carl), play.deposited(signed_in(mia), 128001, "250.00")
    form = form_of(client, operation)
    made_up = signing.dumps("{}", salt=f"sight:elsewhere:{operation.pk}:{carl.pk}", compress=True)
    salt = sealing._salt(operation, carl)
    of_another_form, not_whole = (signing.dumps(text, salt=salt) for text in ('{"form":"9"}', '{"form":"1"}'))

    for sight in (form["sight"][:-1], "x" + form["sight"], made_up, of_another_form, not_whole, "\x00", "ж" * 100):
        assert post(client, operation, form | {"sight": sight}).status_code in (409, 422), sight[:20]

    assert not Decision.objects.exists()


def test_a_page_that_was_open_for_over_an_hour_is_looked_at_again(mia, carl, sandbox, signed_in, settings, monkeypatch):
    client, operation = signed_in(carl), play.deposited(signed_in(mia), 128001, "250.00")
    form = form_of(client, operation)
    monkeypatch.setattr(sealing, "KEEPS", -1)

    answer = post(client, operation, form)

    assert answer.status_code == 409
    assert "open for over an hour" in play.page(answer)


def test_an_older_sight_does_not_go_with_a_newer_verdict(mia, carl, chen, funded, signed_in):
    """`seen` is read off the new page, the sight kept from the old one: what is signed must be of what the vote is bound to."""
    first = rows.withdrawn(mia, "9900.00")
    client = signed_in(chen)
    stale = form_of(client, first)
    for _ in range(2):
        rows.withdrawn(mia, "9900.00")
    desk.approve(first.pk, by=carl, seen=first.seen, reason=OK)
    newer = rows.fresh(first)
    assert newer.seen != first.seen

    answer = post(client, first, stale | {"seen": newer.seen})

    assert answer.status_code == 409
    assert "What you saw is not what stands here" in play.page(answer)
    assert rows.fresh(first).state == State.AWAITING_APPROVAL


def test_a_form_that_came_back_carries_what_its_new_page_shows(mia, carl, sandbox, signed_in):
    client, operation = signed_in(carl), play.deposited(signed_in(mia), 128001, "250.00")
    form = form_of(client, operation, "rejection")

    answer = post(client, operation, form | {"reason_code": "OTHER"}, "rejection")

    again = play.Fields(play.page(answer)).forms[f"/operations/{operation.pk}/rejection/"]
    assert answer.status_code == 422
    assert again["sight"] != form["sight"]
    assert post(client, operation, again | {"reason_code": "LIMIT", "reason": ""}, "rejection").status_code == 302


def test_a_second_click_is_one_vote_and_one_sight(mia, carl, sandbox, signed_in):
    client, operation = signed_in(carl), play.deposited(signed_in(mia), 128001, "250.00")
    form = form_of(client, operation)

    assert [post(client, operation, form).status_code for _ in range(2)] == [302, 409]

    assert Sight.objects.count() == 1


def test_who_decides_without_a_page_has_that_put_on_record(mia, carl):
    operation = rows.awaiting(mia)

    desk.approve(operation.pk, by=carl, seen=operation.seen, reason=OK)

    seen = from_text(Sight.objects.get().text)
    assert (seen.page, seen.seen) == ("", operation.seen)


def test_a_comment_that_was_not_read_stops_the_decision(mia, carl, sandbox, signed_in):
    client, operation = signed_in(carl), play.deposited(signed_in(mia), 128001, "250.00")
    form = form_of(client, operation)
    comments.write(operation.pk, key=rows.uuid7(), by=mia, text="Stop: the client says it is not theirs.")

    answer = post(client, operation, form)

    assert answer.status_code == 409
    assert "Mia wrote something meanwhile" in play.page(answer)
    assert "not theirs" in play.page(answer)
    assert post(client, operation, form_of(client, operation)).status_code == 302
    assert [said.text for said in from_text(Sight.objects.get().text).opened.thread] == [
        "Stop: the client says it is not theirs."
    ]


def test_ones_own_comment_does_not_stop_one(mia, carl, sandbox, signed_in):
    client, operation = signed_in(carl), play.deposited(signed_in(mia), 128001, "250.00")
    form = form_of(client, operation)
    comments.write(operation.pk, key=rows.uuid7(), by=carl, text="Looks fine to me.")

    assert post(client, operation, form).status_code == 302


def decided(mia, carl, signed_in):
    client, operation = signed_in(carl), play.deposited(signed_in(mia), 128001, "250.00")
    assert post(client, operation, form_of(client, operation)).status_code == 302
    return f"/operations/{operation.pk}/decisions/{Decision.objects.get().pk}/"


def test_the_page_of_a_vote_shows_it_as_it_was_to_whoever_sees_the_operation(mia, carl, vera, cora, sandbox, signed_in):
    address = decided(mia, carl, signed_in)
    sandbox.terminal(128001, "deposit", "10.00")

    for who in (mia, carl, vera, cora):
        page = play.page(signed_in(who).get(address))
        assert "As <bdi>Carl</bdi> saw it" in page
        assert "grows by" in page
        assert 'value="1240.10"' in page
        assert "1250.10" not in page
        assert Sight.objects.get().digest in page
    assert address in play.page(signed_in(vera).get(address.split("decisions")[0]))


def test_the_page_of_a_vote_is_of_that_operation_alone(mia, carl, ada, sandbox, signed_in):
    address = decided(mia, carl, signed_in)
    other = rows.awaiting(mia)

    assert signed_in(carl).get(f"/operations/{other.pk}/decisions/{Decision.objects.get().pk}/").status_code == 404
    assert signed_in(carl).get(address.replace(f"/{Decision.objects.get().pk}/", "/999/")).status_code == 404
    assert signed_in(ada).get(address).status_code == 403
    assert signed_in(carl).post(address).status_code == 405


@pytest.mark.parametrize("text", ['{"form":"0"}', '{"form":"1","page":"operation"', "{}"])
def test_what_is_not_what_was_written_down_is_not_drawn(text, mia, carl, sandbox, signed_in):
    address = decided(mia, carl, signed_in)
    with guards_aside():
        Sight.objects.update(text=text)

    page = play.page(signed_in(carl).get(address))

    assert "its hash does not agree" in page
    assert "What is sent to MT5" not in page


def test_a_vote_from_before_sights_were_kept_says_so(mia, carl, sandbox, signed_in):
    address = decided(mia, carl, signed_in)
    with guards_aside():
        Sight.objects.all().delete()

    assert "was not kept" in play.page(signed_in(carl).get(address))
    with guards_aside():
        Sight.objects.create(decision=Decision.objects.get(), text='{"form":"0"}', digest=hash_of('{"form":"0"}'))

    assert "was not kept" in play.page(signed_in(carl).get(address))


def test_the_kept_text_is_canonical_json(mia, carl, sandbox, signed_in):
    decided(mia, carl, signed_in)

    text = Sight.objects.get().text

    assert canonical(json.loads(text)) == text
