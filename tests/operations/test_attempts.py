"""The attempts of an operation as people read them: what was sent, when, how long, what came back; and sixty looks as one."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from backoffice.audit import clock
from backoffice.manager.rehearsal import rehearsed
from backoffice.operations import attempts
from backoffice.operations.models import Answer, Attempt
from backoffice.operations.states import State
from tests import play
from tests.operations import rows

pytestmark = pytest.mark.django_db
LOOKED = ("trace", "looked", "Not in MT5's ledger so far.")


def tried(operation, *turns, every=1.0, took=0.25):
    """Attempts with their answers, one after the other: (purpose, meaning, words); None for one that was cut off."""
    begun = clock.now() - timedelta(seconds=every * len(turns))
    for number, (purpose, meaning, words) in enumerate(turns):
        at = begun + timedelta(seconds=every * number)
        attempt = Attempt.objects.create(operation=operation, purpose=purpose, token=uuid4(), at=at)
        if meaning:
            Answer.objects.create(attempt=attempt, at=at + timedelta(seconds=took), meaning=meaning, words=words)
    return operation


def told(operation):
    return [(run.what, run.count, run.answer.words if run.answer else None) for run in attempts.runs(operation)]


def test_sixty_alike_looks_are_one_line_from_the_first_to_the_last(mia, carl):
    operation = tried(rows.queued(mia, carl), *[LOOKED] * 60)

    (run,) = attempts.runs(operation)

    made = list(operation.attempts.order_by("pk"))
    assert (run.what, run.since, run.last.at) == ("Looked up at MT5, 60 times", made[0].at, made[-1].at)
    assert run.answer.words == "Not in MT5's ledger so far."


def test_what_may_have_taken_effect_is_never_one_of_many(mia, carl):
    lost = ("send", "NoAnswer", "No answer within 10 s.")
    cut = ("send", "", "")
    operation = tried(rows.queued(mia, carl), lost, lost, cut, cut, LOOKED, LOOKED)

    assert [(what, count) for what, count, _ in told(operation)] == [
        ("Sent to MT5", 1),
        ("Sent to MT5", 1),
        ("Sent to MT5", 1),
        ("Sent to MT5", 1),
        ("Looked up at MT5, 2 times", 2),
    ]


def test_another_answer_or_a_send_between_ends_a_run(mia, carl):
    other = ("trace", "looked", "MT5 is offline (503).")
    found = ("trace", "found", "Found at MT5.")
    operation = tried(rows.queued(mia, carl), LOOKED, LOOKED, other, LOOKED, found)

    assert [count for _, count, _ in told(operation)] == [2, 1, 1, 1]


def test_what_never_left_is_said_so_and_shows_no_request(mia, carl):
    away = ("send", "NotConnected", "MT5 cannot be reached.")
    operation = tried(rows.queued(mia, carl), *[away] * 40, ("send", "applied", "Deal 7 on login 128001."))

    never, sent = attempts.runs(operation)

    assert (never.what, never.sent) == ("Not sent to MT5, 40 times", [])
    assert (sent.what, sent.came_back, sent.tone) == ("Sent to MT5", "after 0.25 s", "ok")


def test_a_send_tells_its_request_without_the_credential(mia, carl, settings):
    operation = rows.running(mia, carl)

    (run,) = attempts.runs(operation)
    said = {fact.label: fact.value for fact in run.sent}

    assert said == {
        "Request": "POST /transactions/deposit",
        "x-environment": settings.MANAGER_ENVIRONMENT,
        "x-operator-id": "mia",
        "x-request-id": str(operation.pk),
        "content-type": "application/json",
        "login": "128001",
        "amount": "250.00",
        "currency": "USD",
        "comment": f"{operation.reference} Bank wire",
        "type": "balance",
    }
    assert not any(key.reveal() in str(said) for key in settings.MANAGER_KEYS.values())


def test_a_look_tells_what_of_the_ledger_was_asked_for(mia, carl):
    operation = tried(rows.queued(mia, carl), LOOKED)

    (run,) = attempts.runs(operation)

    said = {fact.label: fact.value for fact in run.sent}
    assert said["Request"] == "GET /transactions/history"
    assert said["login"] == "128001"
    assert said["from"] < said["to"]


def test_what_it_tells_is_what_mt5_was_asked(maker_and_checker, sandbox):
    maker, checker = maker_and_checker
    operation = play.settle(play.approved(maker, checker, 128001, "250.00"))
    assert operation.state == State.APPLIED

    (run,) = [run for run in attempts.runs(operation) if run.is_send]
    call = next(call for call in sandbox.calls() if call["method"] == "POST")
    (line,) = sandbox.deals_of(str(operation.pk))

    said = {fact.label: fact.value for fact in run.sent}
    assert said["Request"] == f"{call['method']} {call['path']}"
    assert (said["x-operator-id"], said["x-request-id"]) == (call["operatorId"], call["requestId"])
    assert (said["comment"], Decimal(said["amount"])) == (line["comment"], line["amount"])


@pytest.fixture
def maker_and_checker(sandbox, mia, carl, signed_in):
    return signed_in(mia), signed_in(carl)


def test_of_more_than_anybody_reads_the_newest_are_told(mia, carl, monkeypatch, sandbox, signed_in):
    monkeypatch.setattr(attempts, "MOST", 3)
    words = [f"Look {number}." for number in range(5)]
    operation = tried(rows.exception(mia, carl), *[("trace", "blind", said) for said in words])

    assert [said for _, _, said in told(operation)] == words[-3:]
    shown = play.page(signed_in(carl).get(f"/operations/{operation.pk}/"))
    assert "the first 3 not shown" in shown


def test_the_page_tells_each_attempt_in_its_story(mia, carl, sandbox, signed_in):
    refused = ("send", "refused", "MT5 refused: no money.")
    operation = tried(rows.queued(mia, carl), *[LOOKED] * 12, refused)

    story = signed_in(carl).get(f"/operations/{operation.pk}/")

    page = play.page(story)
    for words in ("Looked up at MT5, 12 times", "after 0.25 s", "MT5 refused: no money.", "POST /transactions/deposit",
                  "What was sent", "GET /transactions/history"):  # fmt: skip
        assert words in page, words
    events = story.context["story"]
    assert [event.at for event in events] == sorted(event.at for event in events)


def test_an_answer_is_on_the_page_as_soon_as_it_is_there(mia, carl, sandbox, signed_in):
    """A look that leaves everything as it was brings no new attempt and no new state, only its words."""
    operation = rows.queued(mia, carl)
    attempt = Attempt.objects.create(operation=operation, purpose="trace", token=uuid4(), at=clock.now())
    client = signed_in(carl)
    version = client.get(f"/operations/{operation.pk}/").context["version"]

    Answer.objects.create(attempt=attempt, at=clock.now(), meaning="looked", words="Not there so far.")

    live = client.get(f"/operations/{operation.pk}/", {"version": version}, headers={"HX-Request": "true"})
    assert "Not there so far." in play.page(live)


def test_a_rehearsal_of_what_sends_nothing_is_nothing():
    async def nothing(client):
        return None

    assert rehearsed(nothing) is None
