"""What is written about a client is sealed with a key of their own: it moves nowhere else, and goes when the key goes."""

import json
import threading
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connections

from backoffice.audit import chain, client_keys, clients
from backoffice.audit.models import ClientKey, Entry
from backoffice.audit.personal import longest, raw
from backoffice.audit.unit import unit
from backoffice.operations.models import Comment, Operation
from backoffice.safety.sealing import Broken
from backoffice.safety.secret import Secret
from tests.emptying import guards_aside
from tests.operations import rows

ONE, OTHER = 128001, 128002
WORDS = "He says that his wife is ill."
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_known():
    """As in a process that has just begun."""
    clients.forget(list(clients._known))


def sealed(text=WORDS, login=ONE):
    with unit():
        return clients.seal(text, login=login)


def opened(text, login=ONE):
    return clients.opened(text, login=login)


def key_of(login=ONE):
    return ClientKey.objects.get(login=login)


def test_what_is_sealed_is_read_again_and_never_the_same_twice():
    first, second = sealed(), sealed()

    assert first != second
    assert WORDS not in first
    assert [opened(each) for each in (first, second)] == [WORDS, WORDS]
    assert ClientKey.objects.count() == 1


def test_what_is_no_sealed_text_stays_as_it_is():
    assert sealed("") == ""
    assert [opened(each) for each in ("", WORDS, "sealed1:", "sealed1:xyz:abc")] == [
        "", WORDS, "sealed1:", "sealed1:xyz:abc"
    ]  # fmt: skip
    assert ClientKey.objects.count() == 0


def test_a_key_opens_nothing_of_another_client_and_nothing_that_was_changed():
    mine, theirs = sealed(), sealed(login=OTHER)
    text = mine.rpartition(":")[2]
    swapped = f"{theirs.rpartition(':')[0]}:{text}"
    changed = mine[:-5] + ("A" if mine[-5] != "A" else "B") + mine[-4:]

    assert opened(swapped) == opened(changed) == clients.SHUT


def test_what_is_moved_to_a_row_of_another_client_is_not_opened_there(mia):
    operation, theirs = rows.awaiting(mia), sealed(login=OTHER)
    with guards_aside():
        Operation.objects.filter(pk=operation.pk).update(reason=theirs)

    assert Operation.objects.get(pk=operation.pk).reason == clients.SHUT


def test_a_key_that_is_moved_to_another_client_opens_nothing():
    mine = sealed()
    with guards_aside():
        ClientKey.objects.update(login=OTHER)

    assert opened(mine) == clients.SHUT


def test_a_page_of_many_clients_asks_once_for_their_keys(django_assert_num_queries):
    texts = [sealed(f"About {login}", login) for login in range(128001, 128021)]
    whole = json.dumps({"rows": texts})
    clients.forget(list(clients._known))

    with django_assert_num_queries(1):
        clients.want(whole)
        told = [opened(text, login) for login, text in enumerate(texts, 128001)]
    assert told == [f"About {n}" for n in range(128001, 128021)]


def test_what_is_sealed_among_other_words_is_opened_there():
    said = 'A "quote", a \\ and\na line'
    told = f"Other: {sealed(said)}, as {sealed('They')} said"
    assert clients.opened_within(told, login=ONE) == f"Other: {said}, as They said"


def test_without_the_key_that_sealed_them_nothing_is_opened_and_nothing_written(settings):
    mine = sealed()
    clients.forget(list(clients._known))
    settings.CLIENT_KEYS = [Secret("n" * 40)]

    assert opened(mine) == clients.SHUT
    with pytest.raises(Broken):
        sealed()


def test_a_worker_opens_nothing_without_even_asking(settings, django_assert_num_queries):
    mine = sealed()
    settings.CLIENT_KEYS = []

    with django_assert_num_queries(0):
        assert opened(mine) == clients.SHUT
    with pytest.raises(Broken):
        sealed()


def test_keys_are_sealed_anew_and_the_old_one_opens_nothing_more(settings, capsys):
    mine, old = sealed(), settings.CLIENT_KEYS[0]
    before = key_of().sealed
    settings.CLIENT_KEYS = [Secret("n" * 40), old]

    call_command("seal_clients")

    assert "1 key sealed anew" in capsys.readouterr().out
    settings.CLIENT_KEYS = [Secret("n" * 40)]
    clients.forget(list(clients._known))
    assert opened(mine) == WORDS
    # A backup from before has the key as it was sealed then.
    with guards_aside():
        ClientKey.objects.update(sealed=before)
    clients.forget(list(clients._known))
    assert opened(mine) == clients.SHUT
    call_command("seal_clients")


def test_who_exchanges_the_keys_is_on_record_and_ended_in_between_goes_on(settings, monkeypatch):
    settings.CLIENT_KEYS = [Secret("o" * 40)]
    for login in range(128001, 128006):
        sealed(login=login)
    settings.CLIENT_KEYS = [Secret("n" * 40), *settings.CLIENT_KEYS]
    monkeypatch.setattr(client_keys, "AT_ONCE", 2)

    with monkeypatch.context() as patch:
        patch.setattr(client_keys, "_exchange", ended_after(client_keys._exchange, times=1))
        with pytest.raises(KeyboardInterrupt):
            client_keys.seal_anew()
    client_keys.insist()

    assert client_keys.seal_anew() == (3, 0)
    assert client_keys.seal_anew() == (0, 0)
    told = Entry.objects.filter(action="client.keys_sealed_anew").order_by("seq").values_list("detail", flat=True)
    assert [json.loads(each)["count"] for each in told] == ["2", "2", "1"]


def ended_after(act, *, times):
    left = iter(range(times))

    def once_more(*given):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return act(*given)

    return once_more


def test_a_key_that_is_erased_while_it_is_exchanged_does_not_come_back(settings):
    sealed()
    (row,) = ClientKey.objects.all()
    with guards_aside():
        ClientKey.objects.all().delete()

    assert client_keys._exchange({row: "anew"}, "under") == 0
    assert not ClientKey.objects.exists()


def test_the_web_does_not_start_without_a_key_that_is_still_needed(settings):
    client_keys.insist()
    sealed()
    client_keys.insist()
    settings.CLIENT_KEYS = [Secret("n" * 40)]

    with pytest.raises(ImproperlyConfigured, match="Put it back behind the new one"):
        client_keys.insist()


def test_a_key_is_forgotten_in_memory_too(monkeypatch):
    mine, other, now = sealed(), sealed(login=OTHER), [1000.0]
    monkeypatch.setattr(clients.time, "monotonic", lambda: now[0])
    clients.opened(mine, login=ONE)
    now[0] += clients.KNOWS_FOR

    clients.opened(other, login=OTHER)

    assert list(clients._known) == [key_of(OTHER).pk]


def test_what_was_passed_by_and_never_opened_is_no_burden_for_ever():
    for _ in range(3):
        clients.want(" ".join(f"sealed1:{uuid4().hex}:x" for _ in range(1000)))

    assert len(clients._all_wanted()) == clients.MOST_WANTED


def test_a_key_that_nobody_can_open_is_named(settings):
    sealed()
    settings.CLIENT_KEYS = [Secret("n" * 40)]

    with pytest.raises(CommandError, match="1 cannot be opened"):
        call_command("seal_clients")


def test_what_another_process_destroyed_is_forgotten_here_soon(monkeypatch):
    mine, now = sealed(), [1000.0]
    monkeypatch.setattr(clients.time, "monotonic", lambda: now[0])
    assert opened(mine) == WORDS
    with guards_aside():
        ClientKey.objects.all().delete()

    now[0] += clients.KNOWS_FOR + 1

    assert opened(mine) == clients.SHUT


@pytest.mark.django_db(transaction=True)
def test_many_who_write_at_once_have_one_key():
    barrier, texts = threading.Barrier(4), []

    def write():
        try:
            barrier.wait(10)
            texts.append(sealed())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)

    assert ClientKey.objects.count() == 1
    assert [opened(each) for each in texts] == [WORDS] * 4


def test_an_entry_says_sealed_what_a_person_wrote_and_plainly_what_a_machine_did(mia):
    detail = {"payload": '{"comment":"Wife is ill"}', "from": "queued"}
    with unit() as work:
        work.note("operation.submitted", by=mia, login=ONE, reason=WORDS, detail=detail)
        work.note("operation.refused", login=ONE, reason="MT5 says no.", detail=detail)
        work.note("operation.submitted", by=mia, reason=WORDS)

    theirs, machines, about_nobody = Entry.objects.filter(action__startswith="operation.").order_by("seq")
    assert clients.SEALED.fullmatch(raw(theirs, "reason"))
    assert theirs.reason == WORDS
    kept = json.loads(theirs.detail)
    assert "ill" not in theirs.detail
    assert (opened(kept["payload"]), kept["from"]) == (detail["payload"], "queued")
    assert raw(machines, "reason") == "MT5 says no."
    assert json.loads(machines.detail) == detail
    assert raw(about_nobody, "reason") == WORDS
    assert chain.verify(Entry.objects.order_by("seq")).fault == ""


def test_the_keys_of_a_unit_are_read_once_however_much_it_writes(mia, django_assert_num_queries):
    sealed()
    with unit() as work:
        with django_assert_num_queries(1):
            clients.keys_of([ONE])
            clients.seal(WORDS, login=ONE)
        work.note("operation.submitted", by=mia, login=ONE, reason=WORDS)


def test_what_was_written_in_the_clear_before_is_still_read(mia):
    operation = rows.awaiting(mia)
    with guards_aside():
        Operation.objects.filter(pk=operation.pk).update(reason=WORDS)

    assert Operation.objects.get(pk=operation.pk).reason == WORDS


def test_a_row_that_is_read_and_written_again_keeps_what_it_said_as_it_stood(mia):
    operation = rows.awaiting(mia)
    with unit():
        Comment.objects.create(
            id=operation.pk, operation=operation, by=mia, person=mia.person_id, text=WORDS, at=operation.made_at
        )
    said = Comment.objects.get()
    before = raw(said, "text")
    said.refresh_from_db()

    assert (said.text, raw(said, "text")) == (WORDS, before)
    assert str(said) == f"{mia}: {WORDS}"
    assert raw(Comment.objects.defer("text").get(), "text") == before


def test_where_a_join_finds_no_row_there_is_nothing_to_open(mia):
    operation = rows.awaiting(mia)
    told = Operation.objects.filter(pk=operation.pk).values_list(
        "member__bundle__decisions__signature__enrolment__detail"
    )

    assert list(told) == [(None,)]


def test_what_is_copied_to_another_client_is_sealed_for_them(mia):
    one, other = rows.awaiting(mia), rows.awaiting(mia, login=OTHER)
    times = {"by": mia, "person": mia.person_id, "at": one.made_at}
    with unit():
        said = Comment.objects.create(id=one.pk, operation=one, text=WORDS, **times)
        copied = Comment.objects.create(
            id=other.pk, operation=other, text=Comment.objects.get(pk=said.pk).text, **times
        )

    assert key_of(OTHER).pk.hex in raw(copied, "text")
    assert Comment.objects.get(pk=copied.pk).text == WORDS


def test_the_longest_words_fit_where_they_are_kept(mia):
    longest_there = "\N{GRINNING FACE}" * 1000
    assert len(sealed(longest_there)) <= longest(1000)


def test_who_types_what_looks_sealed_reads_what_they_typed(mia):
    """Nobody has the house open for them what they found sealed elsewhere."""
    stolen = sealed(login=OTHER)
    with unit() as work:
        work.note("operation.submitted", by=mia, login=ONE, reason=stolen)

    assert Entry.objects.get(action="operation.submitted").reason == stolen
