"""The fault harness's verdict: each thing that may go wrong between two books is found, and named."""

from decimal import Decimal

import pytest

from backoffice.operations import resolution
from backoffice.operations.instructions import reference
from backoffice.operations.models import Resolution
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from bench.faults.compare import reckoning
from tests.operations import rows

pytestmark = pytest.mark.django_db
CLEAN = {"lost": 0, "doubled": 0, "out_of_order": 0, "wrongly_resolved": 0, "still_open": 0, "never_made": 0}
Out = Resolution.Outcome


def marked(number):
    return {"comment": f"DEP-0000000000 w{number}"}


def applied(mia, carl, number=0, **fields):
    return rows.moved(rows.running(mia, carl, **marked(number), **fields), State.APPLIED)


def booked(operation, *, deal=1, **otherwise):
    """The line that the Manager's ledger holds of it."""
    line = {"dealId": deal, "requestId": str(operation.pk), "login": operation.login, "status": "applied"}
    line |= {"amount": operation.amount, "comment": f"{operation.reference} w0", "booksAt": None}
    return line | {"time": f"2026-11-23T10:00:{deal:02}Z"} | otherwise


def found(lines, *, wanted=1, approved=None):
    """How many of each fault the reckoning names."""
    result = reckoning(lines, approved=approved or {}, wanted=wanted)
    faults = {name: len(getattr(result, name)) for name in CLEAN}
    assert result.holds == (faults == CLEAN)
    assert result.chain == ""
    return {name: count for name, count in faults.items() if count}


def settled(operation, outcome, deal, *, by, then):
    """Two supervisors' word, on evidence that nobody read."""
    evidence = resolution.Evidence(outcome, deal, "As it was said.", operation.version)
    proposed = resolution.propose(operation.pk, by=by, evidence=evidence, reason=Reason("FOUND_AT_MT5"))
    resolution.confirm(operation.pk, by=then, seen=proposed.seen, evidence=evidence)


def test_two_books_that_agree_hold(mia, carl):
    operation = applied(mia, carl, amount="0.30")

    assert found([booked(operation, amount=Decimal("0.30"))]) == {}


def test_what_is_completed_and_not_booked_is_lost(mia, carl):
    applied(mia, carl)

    assert found([]) == {"lost": 1}


@pytest.mark.parametrize("otherwise", [{"login": 128002}, {"status": "rejected"}, {"amount": Decimal("250.01")}])
def test_what_is_booked_otherwise_is_lost(mia, carl, otherwise):
    operation = applied(mia, carl)

    assert found([booked(operation, **otherwise)]) == {"lost": 1}


def test_a_cent_that_no_float_can_tell_is_told(mia, carl):
    operation = applied(mia, carl, amount="999999999999999.01")
    beside = Decimal("999999999999999.02")

    assert float(beside) == float(operation.amount)
    assert found([booked(operation, amount=beside)]) == {"lost": 1}


def test_what_is_booked_twice_is_doubled_also_under_another_request_id(mia, carl):
    operation = applied(mia, carl)

    assert found([booked(operation), booked(operation, deal=2)]) == {"doubled": 1}
    assert found([booked(operation), booked(operation, deal=2, requestId="")]) == {"doubled": 1}


def test_what_is_closed_here_and_booked_there_is_doubled(mia, carl):
    operation = rows.moved(rows.running(mia, carl, **marked(0)), State.REFUSED)

    assert found([booked(operation)]) == {"doubled": 1}
    assert found([booked(operation, status="accepted")]) == {"doubled": 1}
    assert found([]) == {}


def test_a_wish_that_became_two_operations_is_doubled_and_one_that_became_none_is_told(mia, carl):
    twice = [applied(mia, carl, 0), applied(mia, carl, 0, login=128002)]

    assert found([booked(each, deal=n) for n, each in enumerate(twice)]) == {"doubled": 1}
    assert found([booked(each, deal=n) for n, each in enumerate(twice)], wanted=3) == {"doubled": 1, "never_made": 2}


def test_what_is_booked_after_a_later_one_of_its_login_is_out_of_order(mia, carl):
    first, second = applied(mia, carl, 0), applied(mia, carl, 1)

    assert found([booked(second, deal=1), booked(first, deal=2)], wanted=2) == {"out_of_order": 1}
    assert found([booked(first, deal=1), booked(second, deal=2)], wanted=2) == {}


def test_a_place_that_is_not_the_order_of_approval_is_out_of_order(mia, carl):
    first, second = applied(mia, carl, 0), applied(mia, carl, 1)
    lines = [booked(first, deal=1), booked(second, deal=2)]

    assert found(lines, wanted=2, approved={first.login: [first.pk, second.pk]}) == {}
    assert found(lines, wanted=2, approved={first.login: [second.pk, first.pk]}) == {"out_of_order": 2}


def test_what_is_settled_as_booked_by_a_deal_that_is_not_its_own_is_wrongly_resolved(mia, carl, chen):
    operation = rows.exception(mia, carl, **marked(0))
    settled(operation, Out.APPLIED, "7", by=carl, then=chen)

    assert found([booked(operation, deal=7)]) == {}
    assert found([booked(operation, deal=8)]) == {"wrongly_resolved": 1}


def test_what_is_settled_as_not_booked_and_booked_is_wrongly_resolved(mia, carl, chen):
    operation = rows.exception(mia, carl, **marked(0))
    settled(operation, Out.NOT_APPLIED, "", by=carl, then=chen)

    assert found([]) == {}
    assert found([booked(operation)]) == {"doubled": 1, "wrongly_resolved": 1}


def test_what_is_not_final_is_still_open(mia, carl):
    rows.exception(mia, carl, **marked(0))

    assert found([]) == {"still_open": 1}


def test_the_mark_of_a_wish_stays_within_what_a_client_reads():
    assert len(f"{reference('DEP', rows.uuid7())} w99999") <= 32
