"""Many exceptions at once: each is a unit of its own on evidence of its own, and no bulk settles what one could not."""

import re
import time

import pytest
from django.db import OperationalError

from backoffice.access import Role
from backoffice.audit import chain
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.operations import each, evidence, execution, resolution
from backoffice.operations.models import Operation, Resolution
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from backoffice.operators.models import Grant
from tests import play
from tests.operations import rows

pytestmark = pytest.mark.django_db

LOGINS = (128001, 128117, 128130)
CODES = {"applied": "FOUND_AT_MT5", "not_applied": "NOT_AT_MT5", "queued": "SENT_AGAIN"}
TICKED = re.compile(r'name="case" value="([0-9a-f-]{36}:[0-9a-f]{64})"')


def _at_desk(name, member):
    @pytest.fixture(name=name)
    def client(request, sandbox, signed_in):
        return signed_in(request.getfixturevalue(member))

    return client


maker, first, second = _at_desk("maker", "mia"), _at_desk("first", "carl"), _at_desk("second", "chen")


@pytest.fixture
def absent(mia, carl, sandbox, settings):
    """Three exceptions that MT5 did not book, and has had the time to."""
    settings.MANAGER_PROCESSING, settings.MANAGER_SKEW = 0, 0
    return [rows.exception(mia, carl, login=login) for login in LOGINS]


@pytest.fixture
def booked(absent, sandbox):
    """Three exceptions that MT5 did book, each once."""
    sandbox.switch(request_id_in_history=False)
    for operation in absent:
        land(sandbox, operation)
    return absent


def land(sandbox, operation):
    """What was sent arrives after all, under the operation's reference."""
    sandbox.switch(request_id_in_history=False)
    sandbox.terminal(operation.login, "deposit", "250.00", comment=f"{operation.reference} Bank wire")


def shown(client, operations, outcome=""):
    """The page that says what will be done; what it hands back is what its form would send."""
    path = "/exceptions/proposals/" if outcome else "/exceptions/confirmations/"
    asked = {"case": [str(operation.pk) for operation in operations]} | ({"outcome": outcome} if outcome else {})
    return client.get(path, asked)


def ticked(response):
    return TICKED.findall(play.page(response))


def propose(client, operations, outcome, *, cases=None, **typed):
    cases = ticked(shown(client, operations, outcome)) if cases is None else cases
    fields = {"outcome": outcome, "case": cases, "reason_code": CODES[outcome]} | typed
    return client.post("/exceptions/proposals/", fields)


def confirm(client, operations, *, cases=None):
    cases = ticked(shown(client, operations)) if cases is None else cases
    return client.post("/exceptions/confirmations/", {"case": cases})


def results(response):
    assert response.status_code == 200
    return {result.operation.login: (result.is_done, result.words) for result in response.context["results"]}


def states(operations):
    return [rows.fresh(operation).state for operation in operations]


def deal_of(sandbox, operation):
    lines = sandbox.ledger(operation.login)
    return next(str(line["dealId"]) for line in lines if line["comment"].startswith(operation.reference))


def test_two_supervisors_mark_many_as_booked_each_by_its_own_deal(first, second, sandbox, booked, carl, chen):
    said = results(propose(first, booked, "applied"))
    deals = {operation.login: deal_of(sandbox, operation) for operation in booked}
    assert said == {login: (True, f"Proposed: Mark as booked, deal {deal}.") for login, deal in deals.items()}
    assert states(booked) == [State.EXCEPTION] * 3

    said = results(confirm(second, booked))

    assert said == {login: (True, f"Resolved: Mark as booked, deal {deal}.") for login, deal in deals.items()}
    assert states(booked) == [State.APPLIED] * 3
    settled = Resolution.objects.values_list("operation__login", "deal", "proposed_by", "settled_by")
    assert set(settled) == {(login, deal, carl.pk, chen.pk) for login, deal in deals.items()}
    assert Entry.objects.filter(action="operation.resolution_proposed").count() == 3
    assert Entry.objects.filter(action="operation.applied").count() == 3
    assert chain.verify(Entry.objects.order_by("seq").iterator()).fault == ""


@pytest.mark.parametrize(("outcome", "state"), [("not_applied", State.NOT_APPLIED), ("queued", State.QUEUED)])
def test_two_supervisors_close_many_or_send_them_again(first, second, absent, outcome, state):
    assert all(done for done, _ in results(propose(first, absent, outcome)).values())
    assert all(done for done, _ in results(confirm(second, absent)).values())

    assert states(absent) == [state] * 3


def test_what_will_be_done_is_shown_before_and_nothing_is_written(first, sandbox, booked):
    response = shown(first, booked, "applied")

    page = play.page(response)
    for operation in booked:
        for words in (operation.reference, str(operation.login), f"Mark as booked, deal {deal_of(sandbox, operation)}"):
            assert words in page
    assert len(ticked(response)) == 3
    assert not Resolution.objects.exists()
    assert "Left out" in play.page(shown(first, booked, "not_applied"))
    assert ticked(shown(first, booked, "not_applied")) == []


def test_one_that_is_booked_among_those_that_are_not_is_left_out_and_the_others_go_on(first, sandbox, absent):
    odd = absent[1]
    page = shown(first, absent, "not_applied")
    assert len(ticked(page)) == 3
    land(sandbox, odd)

    said = results(propose(first, absent, "not_applied", cases=ticked(page)))

    assert [said[operation.login][0] for operation in absent] == [True, False, True]
    assert "holds deal" in said[odd.login][1]
    assert set(Resolution.objects.values_list("operation", flat=True)) == {absent[0].pk, absent[2].pk}


def test_what_is_there_twice_is_a_persons_to_name_on_its_own_page(first, sandbox, booked):
    twice = booked[0]
    land(sandbox, twice)

    page = shown(first, booked, "applied")

    assert len(ticked(page)) == 2
    assert "Name the one on its own page" in play.page(page)
    forged = propose(first, booked, "applied", cases=[f"{twice.pk}:{'0' * 64}"])
    assert not results(forged)[twice.login][0]
    assert not Resolution.objects.exists()


def test_another_deal_than_the_one_that_was_seen_is_not_proposed(first, sandbox, absent):
    operation = absent[0]
    land(sandbox, operation)
    cases = ticked(shown(first, absent[:1], "applied"))
    sandbox.reset()
    sandbox.terminal(operation.login, "deposit", "1.00")
    land(sandbox, operation)

    said = results(propose(first, absent[:1], "applied", cases=cases))

    assert said[operation.login] == (False, each.CHANGED)


def test_what_moved_since_it_was_seen_is_not_proposed_on(first, second, absent):
    """In between two others have sent it again, and it has become an exception anew."""
    page = shown(first, absent, "not_applied")
    moved = absent[0]
    propose(first, [moved], "queued")
    confirm(second, [moved])
    with unit():
        Operation.move(Operation.objects.filter(pk=moved.pk), to=State.EXCEPTION, expecting=[State.QUEUED])

    said = results(propose(first, absent, "not_applied", cases=ticked(page)))

    assert [said[operation.login][0] for operation in absent] == [False, True, True]
    assert said[moved.login][1] == each.CHANGED


def test_a_proposal_that_was_changed_behind_the_page_is_not_confirmed(first, second, absent, carl):
    propose(first, absent, "not_applied")
    cases = ticked(shown(second, absent))
    resolution.decline(absent[0].pk, by=carl, reason=Reason("OTHER", "I was wrong."))
    propose(first, absent[:1], "queued")

    said = results(confirm(second, absent, cases=cases))

    assert said[absent[0].login] == (False, each.CHANGED)
    assert states(absent) == [State.EXCEPTION, State.NOT_APPLIED, State.NOT_APPLIED]


def test_one_person_alone_settles_nothing(first, absent):
    propose(first, absent, "not_applied")

    page = shown(first, absent)
    forged = [f"{row.operation_id}:{row.seen}" for row in Resolution.objects.all()]
    said = results(confirm(first, absent, cases=forged))

    assert ticked(page) == []
    assert "You proposed it" in play.page(page)
    assert not any(done for done, _ in said.values())
    assert states(absent) == [State.EXCEPTION] * 3
    assert Entry.objects.filter(action="operation.act_refused", operator_id="carl").count() == 3


def test_the_makers_person_neither_proposes_nor_confirms(first, absent, mia, signed_in):
    with unit():
        Grant.objects.create(operator=mia, role=Role.SUPERVISOR)
    hers = signed_in(mia)
    forged = ticked(shown(first, absent, "not_applied"))

    assert ticked(shown(hers, absent, "not_applied")) == []
    assert not any(done for done, _ in results(propose(hers, absent, "not_applied", cases=forged)).values())
    assert not Resolution.objects.exists()
    propose(first, absent, "not_applied")
    assert ticked(shown(hers, absent)) == []
    seen = [f"{row.operation_id}:{row.seen}" for row in Resolution.objects.all()]
    assert not any(done for done, _ in results(confirm(hers, absent, cases=seen)).values())
    assert states(absent) == [State.EXCEPTION] * 3


def test_a_confirmation_reads_the_ledger_anew(first, second, sandbox, absent):
    propose(first, absent, "not_applied")
    landed = absent[2]
    land(sandbox, landed)

    said = results(confirm(second, absent))

    assert [said[operation.login][0] for operation in absent] == [True, True, False]
    assert states(absent) == [State.NOT_APPLIED, State.NOT_APPLIED, State.EXCEPTION]


def test_what_cannot_be_read_is_refused_and_the_others_go_on(first, sandbox, absent):
    cases = ticked(shown(first, absent, "not_applied"))
    sandbox.rule("garbage", times=None, path="/transactions/history", login=absent[0].login)

    said = results(propose(first, absent, "not_applied", cases=cases))

    assert [said[operation.login][0] for operation in absent] == [False, True, True]
    assert "cannot be read" in said[absent[0].login][1]


def test_reading_takes_no_longer_than_it_may(first, sandbox, absent, settings, monkeypatch):
    """A ledger that stalls on one login costs that one its evidence, and nobody the page."""
    settings.MANAGER_DEADLINE = 5
    monkeypatch.setattr(evidence, "WITHIN", 0.6)
    sandbox.rule("slow", times=None, path="/transactions/history", login=absent[1].login, ms=4000)
    began = time.monotonic()

    page = shown(first, absent, "not_applied")

    assert time.monotonic() - began < 3
    assert len(ticked(page)) == 2
    assert "no time left" in play.page(page)


def test_a_database_that_is_busy_for_one_is_not_for_the_others(first, absent, monkeypatch):
    cases, honest = ticked(shown(first, absent, "not_applied")), resolution.propose

    def busy(pk, **told):
        if pk == absent[0].pk:
            raise OperationalError("database is locked")
        return honest(pk, **told)

    monkeypatch.setattr(resolution, "propose", busy)
    said = results(propose(first, absent, "not_applied", cases=cases))

    assert [said[operation.login][0] for operation in absent] == [False, True, True]
    assert "busy" in said[absent[0].login][1]


def test_what_comes_twice_is_refused_the_second_time(first, second, absent):
    cases = ticked(shown(first, absent, "not_applied"))
    propose(first, absent, "not_applied", cases=cases)
    assert not any(done for done, _ in results(propose(first, absent, "not_applied", cases=cases)).values())

    seen = ticked(shown(second, absent))
    confirm(second, absent, cases=seen)
    assert not any(done for done, _ in results(confirm(second, absent, cases=seen)).values())
    assert Resolution.objects.count() == 3
    assert states(absent) == [State.NOT_APPLIED] * 3


def test_nothing_too_much_and_junk_are_said_so(first):
    crowd = [f"{number:032x}" for number in range(1, each.MOST + 2)]
    for asked in ({}, {"case": "nonsense"}, {"case": crowd}):
        for path in ("/exceptions/proposals/", "/exceptions/confirmations/"):
            for send in (first.get, first.post):
                response = send(path, {"outcome": "applied", **asked})
                assert response.headers["Location"] == "/exceptions/", (path, asked)
    assert first.get("/exceptions/proposals/", {"case": crowd[:2], "outcome": "final"}).status_code == 302
    missing = first.post("/exceptions/confirmations/", {"case": crowd[:2]})
    assert "2 not found" in play.page(missing)


def test_a_reason_is_asked_for_and_what_was_ticked_stays(first, absent):
    cases = ticked(shown(first, absent, "not_applied"))[:2]

    response = propose(first, absent, "not_applied", cases=cases, reason_code="SWAP")

    assert response.status_code == 422
    assert response.context["form"].errors
    assert sorted(ticked(response)) == sorted(cases)
    assert not Resolution.objects.exists()


def test_only_supervisors_do_it(absent, maker, cora, vera, ada, signed_in):
    for client in (maker, signed_in(cora), signed_in(vera), signed_in(ada)):
        for path in ("/exceptions/proposals/", "/exceptions/confirmations/"):
            assert client.get(path).status_code == 403
            assert client.post(path, {}).status_code == 403


def test_the_lane_sends_again_what_was_released_together(first, second, sandbox, absent):
    propose(first, absent, "queued")
    confirm(second, absent)

    execution.drain("funding", until=2)

    assert states(absent) == [State.APPLIED] * 3
    assert all(len(sandbox.deals_of(str(operation.pk))) == 1 for operation in absent)
