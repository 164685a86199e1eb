"""A restored database, piece by piece: what is noticed, what is in doubt, what waits, and who lets it go on."""

import io
import secrets
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connections
from uuid_utils.compat import uuid7

from backoffice.audit import chain, checkpoints, clock, keeping, witnesses
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import RESTORED
from backoffice.manager.failures import NotConnected
from backoffice.operations import desk, execution, queue, reopening, restored, trace
from backoffice.operations.models import Operation, Restore
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from backoffice.operators.models import Grant
from tests import play
from tests.desk import seat
from tests.operations import rows
from tests.operations.test_races import at_once
from tests.operations.test_stops import another_sign_in

pytestmark = pytest.mark.django_db

FINE = "The list of what is lost was gone through."
GONE = "f" * 64


def lose(settings, seq=999_999):
    """Somebody else's mark, of an entry that the database does not hold: what a restore leaves behind."""
    path = Path(settings.CHECKPOINT_DIR) / f"{seq}-{GONE}.mark"
    path.touch()
    return path


def approve(operation, by):
    return desk.approve(operation.pk, by=by, seen=operation.seen, reason=Reason("WITHIN_POLICY"))


def act(client, restore, name="", **typed):
    return client.post(f"/connections/restores/{restore.pk}/reopening/{name}", typed)


def reopened(by, second):
    restore = Restore.objects.get(reopened_at=None)
    reopening.propose(restore.pk, by=by, reason=FINE)
    return reopening.confirm(restore.pk, by=second, seen=Restore.objects.get(pk=restore.pk).seen)


def settle(operation):
    return play.settle(operation)


@pytest.fixture
def quick(settings):
    settings.LEASE, settings.MANAGER_PROCESSING, settings.MANAGER_SKEW = 2, 0.1, 0.1


def test_what_was_approved_or_on_its_way_is_in_doubt_and_the_rest_stays(mia, carl, settings):
    waiting, running = rows.queued(mia, carl), rows.running(mia, carl, login=128002)
    pending, exception = rows.awaiting(mia), rows.exception(mia, carl, login=128003)
    lose(settings)

    restore = restored.look()

    assert {rows.fresh(o).state for o in (waiting, running)} == {State.UNCERTAIN}
    assert all(rows.fresh(o).maybe_sent for o in (waiting, running))
    assert rows.fresh(pending).state == State.AWAITING_APPROVAL
    assert rows.fresh(exception).state == State.EXCEPTION
    assert rows.fresh(exception).last_send_at > restore.at
    assert (rows.fresh(waiting).sends, rows.fresh(running).sends) == (0, 1)
    assert rows.fresh(waiting).first_sent_at == waiting.made_at
    assert chain.verify(Entry.objects.order_by("seq")).fault == ""


def test_it_is_noticed_once(mia, carl, settings):
    lose(settings)

    assert restored.look()
    assert restored.look() is None
    lose(settings, seq=1_000_000)
    assert restored.look()
    assert Restore.objects.count() == Entry.objects.filter(action=RESTORED).count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_start_together_take_the_step_once(mia, carl, settings):
    waiting = rows.queued(mia, carl)
    lose(settings)

    made = at_once(*[restored.look] * 4)

    assert len([restore for restore in made if restore]) == 1
    assert Restore.objects.count() == 1
    assert rows.fresh(waiting).version == waiting.version + 1


def test_nothing_outside_and_nothing_lost_is_no_restore(mia, carl, sandbox):
    operation = rows.queued(mia, carl)

    assert settle(operation).state == State.APPLIED
    keeping.keep()
    assert restored.look() is None
    assert witnesses.unheld() == []


def test_each_claim_is_witnessed_outside_before_anything_is_sent(mia, carl, settings):
    operation = rows.queued(mia, carl)

    queue.claim("funding", most=1, now=clock.now())

    (mark,) = Path(settings.CHECKPOINT_DIR).glob("*.mark")
    entry = Entry.objects.get(action="operation.running", object_id=str(operation.pk))
    assert mark.stem == f"{entry.seq}-{entry.digest}"


def test_a_database_that_is_restored_under_a_worker_gives_it_nothing_to_send(mia, carl, settings, sandbox):
    operation = rows.queued(mia, carl)
    lose(settings)

    execution.drain("funding", until=0.5)

    assert (rows.fresh(operation).state, rows.fresh(operation).maybe_sent) == (State.UNCERTAIN, True)
    assert not operation.attempts.filter(purpose="send").exists()
    assert sandbox.deals_of(str(operation.pk)) == []


@pytest.mark.parametrize("away", [False, True])
def test_where_nobody_can_tell_nothing_is_sent(mia, carl, settings, tmp_path, sandbox, away):
    operation = rows.queued(mia, carl)
    if away:
        settings.CHECKPOINT_DIR = str(tmp_path / "not mounted")
    else:
        (Path(settings.CHECKPOINT_DIR) / checkpoints.NAME).write_bytes(b"what is this\n")

    execution.drain("funding", until=0.5)

    assert rows.fresh(operation).state == State.QUEUED
    assert not operation.attempts.exists()
    assert sandbox.deals_of(str(operation.pk)) == []


def test_a_claim_of_which_no_mark_can_be_left_is_taken_back_unsent(mia, carl, monkeypatch, sandbox):
    operation = rows.queued(mia, carl)

    def full(entry):
        raise OSError("No space left on device")

    monkeypatch.setattr(witnesses, "mark", full)
    execution.drain("funding", until=0.5)

    operation = rows.fresh(operation)
    assert (operation.state, operation.maybe_sent, operation.sends) == (State.QUEUED, False, 0)
    assert operation.due_at > clock.now()
    assert sandbox.deals_of(str(operation.pk)) == []


def test_what_was_pending_then_is_looked_up_once_it_is_approved(mia, carl, chen, sandbox, settings, quick):
    pending = rows.awaiting(mia)
    lose(settings)
    restored.look()
    approve(pending, carl)
    reopened(carl, chen)

    assert queue.claim("funding", most=1, now=clock.now()) == []
    queue.sweep("funding", now=clock.now())
    assert rows.fresh(pending).state == State.UNCERTAIN
    assert settle(pending).state == State.APPLIED

    purposes = list(pending.attempts.order_by("at").values_list("purpose", flat=True))
    assert (purposes[0], purposes[-1]) == ("trace", "send")
    assert len(sandbox.deals_of(str(pending.pk))) == 1


def test_what_is_made_after_it_is_sent_without_ado_once_it_is_reopened(mia, carl, chen, sandbox, settings, quick):
    lose(settings)
    restored.look()
    later = rows.queued(mia, carl)
    execution.drain("funding", until=0.3)
    assert rows.fresh(later).state == State.QUEUED

    reopened(carl, chen)

    assert settle(later).state == State.APPLIED
    assert list(later.attempts.values_list("purpose", flat=True)) == ["send"]


def test_a_form_that_was_opened_before_it_and_sent_again_after_it_is_looked_up(
    mia, carl, chen, settings, quick, sandbox
):
    """Its id may have been sent already, by the operation that the same form made in the time that is lost."""
    pk = uuid7()
    lose(settings)
    restored.look()
    remade = rows.queued(mia, carl, pk=pk)
    assert remade.made_at > Restore.objects.get().at
    reopened(carl, chen)

    for _ in range(2):
        execution.drain("funding", until=0.3)

    assert remade.attempts.first().purpose == "trace"


def test_the_ledger_is_looked_through_from_when_the_id_was_made(mia, carl):
    """An operation that a form made anew says that it was made just now; its id is older, and may have been sent since."""
    two_hours_ago = clock.now() - timedelta(hours=2)
    pk = UUID(int=int(two_hours_ago.timestamp() * 1000) << 80 | 7 << 76 | 2 << 62 | secrets.randbits(50))
    remade = rows.queued(mia, carl, pk=pk)

    assert abs(trace.earliest(remade) - two_hours_ago) < timedelta(seconds=1)
    assert trace.earliest(rows.running(mia, carl)) > clock.now() - timedelta(seconds=5)


def test_an_answer_to_an_attempt_that_is_lost_does_not_take_the_others_along(mia, carl, sandbox):
    known, lost = rows.queued(mia, carl), rows.queued(mia, carl, login=128002)
    sends = queue.claim("funding", most=2, now=clock.now())
    gone = [replace(send, token=uuid4()) for send in sends if send.operation.pk == lost.pk]
    answers = [
        (send, NotConnected("MT5 cannot be reached."))
        for send in (*gone, *sends)
        if send.operation.pk == known.pk or send in gone
    ]

    execution.record("funding", answers)

    assert (rows.fresh(known).state, rows.fresh(lost).state) == (State.QUEUED, State.RUNNING)


def test_an_absence_is_not_believed_before_the_lease_of_a_lost_claim_is_over(mia, carl, settings, sandbox):
    settings.LEASE, settings.MANAGER_PROCESSING, settings.MANAGER_SKEW = 3, 0.1, 0.1
    waiting = rows.queued(mia, carl)
    lose(settings)
    restored.look()

    execution.drain("funding", until=1)

    assert rows.fresh(waiting).state == State.UNCERTAIN


def test_an_id_that_may_be_as_old_as_the_lost_time_is_not_sent_again_by_a_machine(mia, carl, settings, quick, sandbox):
    waiting = rows.queued(mia, carl)
    lose(settings)
    restore = restored.look()
    Operation.objects.filter(pk=waiting.pk).update(key_since=restore.at - timedelta(hours=21))

    assert settle(waiting).state == State.EXCEPTION


def test_what_may_have_been_sent_is_not_ended_otherwise_until_it_is_reopened(mia, carl, chen, settings):
    pending = [rows.awaiting(mia) for _ in range(3)]
    lose(settings)
    restored.look()
    acts = [
        lambda pk, seen: desk.cancel(pk, by=mia, reason=""),
        lambda pk, seen: desk.reject(pk, by=carl, seen=seen, reason=Reason("WRONG_AMOUNT")),
        lambda pk, seen: desk.send_back(pk, by=carl, seen=seen, reason=Reason("WRONG_AMOUNT")),
    ]

    for operation, end in zip(pending, acts, strict=True):
        with pytest.raises(desk.Refusal, match="restored from a backup"):
            end(operation.pk, operation.seen)
    reopened(carl, chen)
    for operation, end in zip(pending, acts, strict=True):
        assert end(operation.pk, operation.seen).is_final


def test_a_folder_that_was_lost_together_with_the_database_is_missed(mia, carl, settings):
    waiting = rows.queued(mia, carl)
    keeping.keep()
    for path in Path(settings.CHECKPOINT_DIR).iterdir():
        path.unlink()

    assert restored.look()
    assert restored.look() is None
    assert rows.fresh(waiting).state == State.UNCERTAIN
    assert keeping.keep()
    assert restored.look() is None
    (Path(settings.CHECKPOINT_DIR) / checkpoints.NAME).unlink()
    assert restored.look()


def test_everybody_signs_in_again(mia, signed_in, settings):
    client = signed_in(mia)
    assert client.get("/").status_code == 200
    lose(settings)

    restored.look()

    assert not Session.objects.exists()
    assert client.get("/").status_code == 302


def test_everybody_reads_it_at_the_top_of_every_page(mia, settings, signed_in):
    lose(settings)
    restored.look()

    shown = play.page(signed_in(mia).get("/"))

    assert "This database was restored from a backup. Nothing is sent until two people reopen it." in shown
    assert "Restored: nothing is sent" in shown


def test_two_people_reopen_it_and_nobody_alone(mia, carl, ada, sandbox, settings, signed_in):
    lose(settings)
    restore = restored.look()
    his, hers = signed_in(carl), signed_in(ada)

    assert act(his, restore, reason="short").status_code == 422
    assert act(his, restore, "confirmation/", seen=restore.seen).status_code == 409
    assert act(his, restore, reason=FINE).status_code == 302
    assert act(his, restore, reason=FINE).status_code == 409
    seen = Restore.objects.get().seen
    assert act(his, restore, "confirmation/", seen=seen).status_code == 409
    assert act(signed_in(another_sign_in(carl)), restore, "confirmation/", seen=seen).status_code == 409
    assert act(hers, restore, "confirmation/", seen="0" * 64).status_code == 409
    assert restored.open_ones().exists()
    shown = play.page(hers.get("/connections/"))
    assert FINE in shown
    assert (shown.count("Nothing is sent</span>"), shown.count("Open</span>")) == (1 + 3, 0)
    assert act(hers, restore, "confirmation/", seen=seen).status_code == 302

    assert not restored.open_ones().exists()
    assert act(hers, restore, "confirmation/", seen=seen).status_code == 409
    assert act(his, restore, reason=FINE).status_code == 409
    assert [e.operator_id for e in Entry.objects.filter(action__startswith="restore.").order_by("seq")] == [
        "carl",
        "ada",
    ]
    shown = play.page(hers.get("/connections/"))
    assert "restored" not in shown
    assert shown.count("Open</span>") == 3


def test_a_proposal_can_be_declined_and_whoever_lost_the_role_proposes_for_nobody(carl, chen, ada, settings, signed_in):
    lose(settings)
    restore = restored.look()
    assert act(signed_in(chen), restore, "refusal/").status_code == 409
    act(signed_in(carl), restore, reason=FINE)
    with unit():
        Grant.objects.filter(operator=carl).delete()

    seen = Restore.objects.get().seen
    assert act(signed_in(chen), restore, "confirmation/", seen=seen).status_code == 409
    assert act(signed_in(chen), restore, "refusal/").status_code == 302
    assert act(signed_in(ada), restore, "confirmation/", seen=seen).status_code == 409
    assert Restore.objects.get().reopening_at is None


@pytest.mark.parametrize("name", ["mia", "cora", "fay", "vera"])
def test_others_read_it_and_do_nothing(request, name, settings, signed_in):
    client = signed_in(request.getfixturevalue(name))
    lose(settings)
    restore = restored.look()
    seat(request.getfixturevalue(name), client)

    shown = play.page(client.get("/connections/"))

    assert "This database was restored from a backup" in shown
    assert "/connections/restores/" not in shown
    assert act(client, restore, reason=FINE).status_code == 403


def test_a_restore_that_there_is_none_is_not_there(carl, signed_in):
    for pk in ("1", "9" * 40):
        for name in ("", "confirmation/", "refusal/"):
            assert (
                signed_in(carl).post(f"/connections/restores/{pk}/reopening/{name}", {"reason": FINE}).status_code
                == 404
            )


def told(**options):
    said = io.StringIO()
    call_command("restored", stdout=said, **options)
    return said.getvalue()


@pytest.mark.django_db(transaction=True)
def test_what_mt5_holds_and_this_database_does_not_is_listed(mia, carl, sandbox, settings):
    assert "No restore" in told()
    booked = rows.queued(mia, carl)
    assert settle(booked).state == State.APPLIED
    keeping.keep()
    unknown, pending = uuid7(), rows.awaiting(mia, login=128002)
    for pk, login in ((unknown, 128003), (pending.pk, 128002)):
        rows.sent_by_hand(sandbox, pk, login=login)
    lose(settings)
    restored.look()

    said = told()

    assert "holds 2 of ours not booked here" in said
    assert f"{rows.mark_of(unknown)}" in said
    assert "not known here" in said
    assert "login 128002  +250.00 USD" in said
    assert "Pending approval" in said
    assert booked.reference not in said
    assert Entry.objects.get(action="restore.listed").object_type == "restore"


def test_a_person_says_so_where_nothing_outside_can_tell(mia, carl):
    waiting = rows.queued(mia, carl)

    with pytest.raises(CommandError, match="reason"):
        call_command("restored", declare=True)
    restored.declare(reason="The whole machine was rolled back to last night.")

    assert rows.fresh(waiting).state == State.UNCERTAIN
    assert restored.open_ones().exists()
    assert Entry.objects.get(action=RESTORED).reason.startswith("The whole machine")


@pytest.mark.django_db(transaction=True)
def test_a_claim_and_the_step_at_the_same_moment_leave_nothing_on_its_way(mia, carl, settings):
    made = [rows.queued(mia, carl, login=login) for login in (128001, 128002, 128003, 128254)]
    begin = threading.Barrier(2)

    def claim():
        begin.wait()
        queue.claim("funding", most=4, now=clock.now())
        connections.close_all()

    thread = threading.Thread(target=claim)
    thread.start()
    begin.wait()
    restored.declare(reason="The whole machine was rolled back.")
    thread.join()

    assert {rows.fresh(o).state for o in made} == {State.UNCERTAIN}
