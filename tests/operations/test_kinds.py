"""A kind that the key may not do, and a kind that people pause: it waits, and everything else goes on."""

import time

import pytest

from backoffice.audit.models import Entry
from backoffice.operations import execution, stops
from backoffice.operations.models import Lane
from backoffice.operations.states import State
from backoffice.safety.secret import Secret
from funding.instructions import CreditIn, Withdrawal
from tests import play
from tests.operations import rows
from tests.operations.test_faults import ON_HISTORY, ON_MONEY, chain_holds, end_of, posts, settle

pytestmark = pytest.mark.django_db

ON_DEPOSITS = {"path": "/transactions/deposit", "method": "POST"}
BY_THE_WORKER = {"scope": "funds:write"}
DEPOSIT, WITHDRAWAL = "funding.deposit", "funding.withdrawal"
WHY, FINE = "The bank reports doubled payouts.", "The bank says that it was a mistake."


def withdrawal(by, checker, login=128044, **fields):
    return rows.queued(by, checker, login=login, amount="10.00", makes=Withdrawal, **fields)


def paused(name):
    return Lane.objects.filter(name=name, paused_at__isnull=False).exists()


def told(action):
    found = Entry.objects.filter(action=action).order_by("seq")
    return list(found.values_list("operator_id", "object_id", "reason"))


def work(*, for_=0.6):
    end = time.monotonic() + for_
    while time.monotonic() < end:
        execution.drain("funding", until=0.2)
        time.sleep(0.02)


def test_a_401_on_deposits_lets_withdrawals_go_on(mia, carl, fay, sandbox, signed_in):
    rule = sandbox.rule("unauthorized", times=None, **ON_DEPOSITS)
    deposits = [rows.queued(mia, carl, login=login) for login in (128001, 128002)]
    settle([withdrawal(mia, carl)])

    settle([withdrawal(mia, carl, login=128001 + n) for n in (8, 9)])

    assert paused(DEPOSIT)
    assert not paused("funding")
    assert told("lane.paused") == [("", DEPOSIT, Lane.objects.get(name=DEPOSIT).reason)]
    shown = play.page(signed_in(fay).get("/"))
    assert "Deposits are paused: MT5 does not accept the credential of this connection for them." in shown
    assert "connection Funding is paused" not in shown
    for operation in deposits:
        operation.refresh_from_db()
        assert end_of(sandbox, operation) == (State.QUEUED, 0, 0, False)

    sandbox.ask("DELETE", f"/rules/{rule}")
    settle([*deposits, rows.queued(mia, carl, login=128003)])

    assert not paused(DEPOSIT)
    assert [row[1] for row in told("lane.reopened")] == [DEPOSIT]
    assert [end_of(sandbox, operation) for operation in deposits] == [(State.APPLIED, 1, 1, False)] * 2
    assert chain_holds()


def test_while_it_is_paused_a_kind_is_tried_again_and_again_but_rarely(mia, carl, sandbox):
    sandbox.rule("unauthorized", times=None, **ON_DEPOSITS)
    for login in range(128001, 128009):
        rows.queued(mia, carl, login=login)
    work(for_=0.3)
    begun = sum(posts(sandbox).values())

    work(for_=3)

    assert 1 <= sum(posts(sandbox).values()) - begun <= 6


@pytest.mark.parametrize(
    ("fault", "params", "pauses"),
    [
        ("unauthorized", {}, "funding"),
        ("garbage", {}, "funding"),
        ("offline", {}, "funding"),
        ("too_many", {}, "funding"),
        ("reset_before", {}, "funding"),
        ("forbidden", {"reason": "unknownGroup"}, DEPOSIT),
        ("slow", {"ms": 50}, DEPOSIT),
    ],
)
def test_who_is_at_fault_is_told_by_reading_with_the_same_key(mia, carl, sandbox, fault, params, pauses):
    sandbox.rule("unauthorized", times=None, **ON_DEPOSITS)
    sandbox.rule(fault, times=None, path="/accounts/", method="GET", **BY_THE_WORKER, **params)
    operation = rows.queued(mia, carl)

    execution.drain("funding", until=0.1)

    assert [name for name in ("funding", DEPOSIT) if paused(name)] == [pauses]
    assert (rows.fresh(operation).state, rows.fresh(operation).sends) == (State.QUEUED, 0)


def test_a_login_that_is_not_there_tells_that_the_key_is_let_in(mia, carl, sandbox):
    sandbox.rule("unauthorized", times=None, **ON_DEPOSITS)
    rows.queued(mia, carl, login=999_999)

    execution.drain("funding", until=0.1)

    assert [name for name in ("funding", DEPOSIT) if paused(name)] == [DEPOSIT]


def test_a_key_that_nobody_accepts_pauses_the_lane(mia, carl, sandbox):
    rule = sandbox.rule("unauthorized", times=None, **BY_THE_WORKER)
    made = [rows.queued(mia, carl), withdrawal(mia, carl)]

    work()

    assert paused("funding")
    assert not paused(DEPOSIT)
    assert {rows.fresh(operation).state for operation in made} == {State.QUEUED}
    sandbox.ask("DELETE", f"/rules/{rule}")
    assert {operation.state for operation in settle(made)} == {State.APPLIED}
    assert not paused("funding")


def test_a_key_without_the_scope_is_told_by_the_sandbox_itself(mia, carl, sandbox, settings):
    """No rule: the accounts' key may read an account and move no money, so each kind of money pauses, and not the lane."""
    settings.MANAGER_KEYS = settings.MANAGER_KEYS | {"funding": Secret("demo-accounts-key")}
    made = [rows.queued(mia, carl), withdrawal(mia, carl)]

    work()

    assert (paused(DEPOSIT), paused(WITHDRAWAL), paused("funding")) == (True, True, False)
    assert {rows.fresh(operation).state for operation in made} == {State.QUEUED}


def test_an_answer_that_was_on_its_way_does_not_reopen_the_lane(mia, carl, sandbox):
    sandbox.rule("offline", login=128001, **ON_MONEY)
    sandbox.rule("slow", ms=500, login=128002, **ON_MONEY)
    lost, late = (rows.queued(mia, carl, login=login) for login in (128001, 128002))

    execution.drain("funding", until=0.05)

    assert rows.fresh(late).state == State.APPLIED
    assert rows.fresh(lost).state == State.UNCERTAIN
    assert paused("funding")
    settle([lost, rows.queued(mia, carl, login=128003)])
    assert not paused("funding")


def test_however_long_mt5_is_offline_no_operation_fails_for_it(mia, carl, sandbox):
    """Its history can be read meanwhile, so each send is found to be surely not there, and made again."""
    sandbox.rule("offline", times=4, **ON_MONEY)
    operation = rows.queued(mia, carl)

    settle([operation], within=30)

    assert end_of(sandbox, operation) == (State.APPLIED, 1, 1, True)
    assert posts(sandbox)[str(operation.pk)] == 5


def test_a_trace_that_is_not_let_in_says_nothing_of_the_lane(mia, carl, sandbox):
    sandbox.rule("reset_after", **ON_MONEY)
    sandbox.rule("unauthorized", times=2, **ON_HISTORY)

    settle([rows.queued(mia, carl)])

    assert not Lane.objects.filter(paused_at__isnull=False).exists()


# People


def pause(client, lane="funding", kind=WITHDRAWAL, reason=WHY):
    return client.post(f"/connections/{lane}/pause/", {"kind": kind, "reason": reason})


def test_one_person_pauses_a_kind_two_reopen_it_and_the_others_go_on(mia, carl, ada, sandbox, signed_in):
    waits, goes = withdrawal(mia, carl), rows.queued(mia, carl)
    assert pause(signed_in(carl)).status_code == 302
    settle([goes])
    assert rows.fresh(waits).state == State.QUEUED
    assert f"Withdrawals are paused by Carl: {WHY}" in play.page(signed_in(mia).get("/"))

    reopening = f"/connections/{WITHDRAWAL}/reopening/"
    assert signed_in(carl).post(reopening, {"reason": FINE}).status_code == 302
    seen = {"seen": Lane.objects.get(name=WITHDRAWAL).seen}
    assert signed_in(carl).post(f"{reopening}confirmation/", seen).status_code == 409
    work(for_=0.3)
    assert rows.fresh(waits).state == State.QUEUED
    assert signed_in(ada).post(f"{reopening}confirmation/", seen).status_code == 302
    settle([waits])

    assert told("lane.paused") == [("carl", WITHDRAWAL, WHY)]
    assert told("lane.reopened") == [("ada", WITHDRAWAL, FINE)]
    assert chain_holds()


def test_the_page_shows_a_paused_kind_with_what_waits_for_it(mia, carl, sandbox, signed_in):
    for login in (128044, 128001):
        withdrawal(mia, carl, login=login)
    rows.queued(mia, carl)
    pause(signed_in(carl))

    shown = play.page(signed_in(carl).get("/connections/"))

    assert '<a href="/operations/?kind=funding.withdrawal&amp;state=queued">2</a>' in shown
    assert '<a href="/operations/?lane=funding&amp;state=queued">3</a>' in shown
    assert "Paused by Carl" in shown
    assert len(signed_in(carl).get("/operations/?kind=funding.withdrawal&state=queued").context["rows"]) == 2


def test_a_lane_and_a_kind_of_it_are_paused_and_reopened_each_for_itself(mia, carl, chen, sandbox):
    operation = withdrawal(mia, carl)
    for name in ("funding", WITHDRAWAL):
        stops.pause(name, by=carl, reason=WHY)
        stops.propose_reopening(name, by=carl, reason=FINE)
    stops.confirm_reopening("funding", by=chen, seen=Lane.objects.get(name="funding").seen)
    settle([rows.queued(mia, carl)])
    assert rows.fresh(operation).state == State.QUEUED

    stops.confirm_reopening(WITHDRAWAL, by=chen, seen=Lane.objects.get(name=WITHDRAWAL).seen)

    assert settle([operation])[0].state == State.APPLIED


def test_the_proposal_for_one_is_not_a_proposal_for_another(carl, chen):
    for name in ("funding", WITHDRAWAL):
        stops.pause(name, by=carl, reason=WHY)
        stops.propose_reopening(name, by=carl, reason=FINE)

    with pytest.raises(stops.Stale):
        stops.confirm_reopening(WITHDRAWAL, by=chen, seen=Lane.objects.get(name="funding").seen)


@pytest.mark.parametrize("kind", ["funding.nothing", "funding", "accounts", "x" * 300, "%00"])
def test_a_kind_that_there_is_not_is_not_paused(carl, signed_in, kind):
    response = pause(signed_in(carl), kind=kind)

    assert response.status_code == 422
    assert not Lane.objects.exists()


def test_a_kind_of_another_lane_is_not_paused_over_this_one(carl, signed_in):
    assert pause(signed_in(carl), lane="accounts").status_code == 422
    assert pause(signed_in(carl), lane="funding.nothing", kind="").status_code == 404
    assert not Lane.objects.exists()


def test_nobody_else_pauses_a_kind(mia, cora, signed_in):
    for who in (mia, cora):
        assert pause(signed_in(who)).status_code == 403
    assert not Lane.objects.exists()


def test_credit_has_no_plural_and_is_paused_all_the_same(carl, fay, signed_in):
    stops.pause(CreditIn.kind, by=carl, reason=WHY)

    assert "Credit in is paused by" in play.page(signed_in(fay).get("/"))
