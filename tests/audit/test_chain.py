"""The trail holds: whatever is done to an entry is seen and named, and what cannot be written down does not happen."""

import io
from datetime import timedelta

import pytest
import rfc8785
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from backoffice.audit import chain, vocabulary
from backoffice.audit.models import Entry
from backoffice.audit.unit import current, unit
from backoffice.operators.models import Person
from backoffice.safety.secret import Secret
from tests.emptying import guards_aside

pytestmark = pytest.mark.django_db

CHANGES = {
    "at": lambda entry: entry.at + timedelta(microseconds=1),
    "login": lambda entry: 128002,
    "environment": lambda entry: "live",
    "action": lambda entry: "access.denied",
    "operator_id": lambda entry: "nils",
    "person": lambda entry: "0" * 32,
    "name": lambda entry: "Nils",
    "roles": lambda entry: "supervisor",
    "ip": lambda entry: "10.0.0.1",
    "device": lambda entry: "another",
    "object_type": lambda entry: "account",
    "object_id": lambda entry: "8",
    "request_id": lambda entry: "r-2",
    "reason": lambda entry: "because ",
    "detail": lambda entry: '{"amount":"251.00"}',
    "key": lambda entry: "f" * 16,
    "previous": lambda entry: "0" * 64,
    "digest": lambda entry: entry.digest[:-1] + ("0" if entry.digest[-1] != "0" else "1"),
}


@pytest.fixture
def written(mia):
    """Five entries of one unit after those of the cast; the third of them is the one that is tampered with."""
    with unit(by=mia) as work:
        for number in range(5):
            detail = {"amount": "250.00", "number": str(number)}
            work.note(
                "audit.read", on=("operation", 7), login=128001, request_id="r-1", reason="because", detail=detail
            )
    return list(Entry.objects.order_by("-seq")[:5])[::-1]


@pytest.fixture
def as_owner():
    """The database's owner can drop a trigger; the chain is what is left then."""
    with guards_aside():
        yield


def verify():
    """What `audit verify` says, and whether it is content."""
    said = io.StringIO()
    try:
        call_command("audit", "verify", stdout=said)
    except CommandError as error:
        return False, str(error)
    return True, said.getvalue()


def broken_at(seq, words=""):
    holds, said = verify()
    assert not holds
    assert f"broken at entry {seq}:" in said, said
    assert words in said


def test_an_untouched_chain_holds_with_all_its_entries(written):
    holds, said = verify()

    assert holds
    assert f"{written[-1].seq} entries" in said


def test_every_field_of_an_entry_is_under_the_seal(written, as_owner):
    for name, change in CHANGES.items():
        victim = written[2]
        Entry.objects.filter(pk=victim.pk).update(**{name: change(victim)})
        broken_at(victim.seq)
        Entry.objects.filter(pk=victim.pk).update(**{name: getattr(victim, name)})
    assert CHANGES.keys() | {"seq"} == {field.name for field in Entry._meta.fields}
    assert chain.verify(Entry.objects.order_by("seq")).fault == ""


def test_no_login_is_another_thing_than_login_nought(written, as_owner):
    with unit() as work:
        work.note("audit.read")
    last = Entry.objects.latest("seq")

    Entry.objects.filter(pk=last.pk).update(login=0)

    broken_at(last.seq)


def test_an_entry_taken_out_of_the_middle_is_missed(written, as_owner):
    Entry.objects.filter(pk=written[2].pk).delete()

    broken_at(written[2].seq, "missing")


def test_a_gap_that_was_closed_up_is_seen_too(written, as_owner):
    Entry.objects.filter(pk=written[2].pk).delete()
    for entry in written[3:]:
        Entry.objects.filter(pk=entry.pk).update(seq=entry.seq - 1)

    broken_at(written[2].seq)


def test_the_first_entry_cannot_be_cut_off(written, as_owner):
    Entry.objects.filter(seq=1).delete()

    broken_at(1, "missing")


def test_two_entries_that_changed_places_are_seen(written, as_owner):
    one, other = written[2], written[3]
    Entry.objects.filter(pk=one.pk).update(seq=10_000)
    Entry.objects.filter(pk=other.pk).update(seq=one.seq)
    Entry.objects.filter(pk=10_000).update(seq=other.seq)

    broken_at(one.seq, "does not follow")


def test_a_chain_sealed_anew_with_another_key_is_seen(written, as_owner, settings):
    ours, settings.AUDIT_KEY = settings.AUDIT_KEY, Secret("another-key-of-somebody-who-owns-the-database")
    _reseal(written[1:])
    settings.AUDIT_KEY = ours

    broken_at(written[1].seq, "another key")


def test_a_chain_sealed_anew_under_our_keys_name_is_seen(written, as_owner, settings):
    name, ours, settings.AUDIT_KEY = chain.key_name(), settings.AUDIT_KEY, Secret("another-key-of-somebody")
    _reseal(written[1:], name=name)
    settings.AUDIT_KEY = ours

    broken_at(written[1].seq, "changed")


def test_a_copy_of_an_entry_in_another_place_is_seen(written, as_owner):
    last = written[-1]
    last.pk, last.seq = last.seq + 1, last.seq + 1
    last.save(force_insert=True)

    broken_at(last.seq)


RAW = [
    "UPDATE audit_entry SET reason = 'x' WHERE seq = {seq}",
    "UPDATE audit_entry SET seq = seq + 100000",
    "UPDATE audit_entry SET digest = digest",
    "DELETE FROM audit_entry WHERE seq = {last}",
    "DELETE FROM audit_entry",
    "INSERT INTO audit_entry SELECT {gap}, {columns} FROM audit_entry WHERE seq = {last}",
    "INSERT INTO audit_entry SELECT {next}, {columns} FROM audit_entry WHERE seq = {seq}",
    "INSERT INTO audit_entry SELECT {seq}, {columns} FROM audit_entry WHERE seq = {last}",
    "INSERT INTO audit_entry SELECT 0, {columns} FROM audit_entry WHERE seq = 1",
]
ON_SQLITE = [
    "INSERT OR REPLACE INTO audit_entry SELECT seq, {columns} FROM audit_entry WHERE seq = {last}",
    "INSERT OR IGNORE INTO audit_entry SELECT {gap}, {columns} FROM audit_entry WHERE seq = {last}",
    "UPDATE OR REPLACE audit_entry SET seq = {seq} WHERE seq = {last}",
    "UPDATE OR IGNORE audit_entry SET reason = 'x' WHERE seq = {last}",
    "INSERT INTO audit_entry SELECT seq, {columns} FROM audit_entry WHERE seq = {last} ON CONFLICT (seq) DO UPDATE SET reason = 'x'",
]
ON_POSTGRESQL = ["TRUNCATE audit_entry", "TRUNCATE audit_entry CASCADE", *ON_SQLITE[4:]]


def test_no_raw_sql_of_the_application_rewrites_the_trail(written):
    columns = ", ".join(field.column for field in Entry._meta.fields if field.name != "seq")
    places = {"seq": written[2].seq, "last": written[-1].seq, "next": written[-1].seq + 1, "gap": written[-1].seq + 2}
    before = list(Entry.objects.order_by("seq").values())

    for sql in RAW + (ON_SQLITE if connection.vendor == "sqlite" else ON_POSTGRESQL):
        assert is_refused(sql.format(columns=columns, **places)), sql
    assert list(Entry.objects.order_by("seq").values()) == before


def is_refused(sql):
    try:
        with transaction.atomic(), connection.cursor() as cursor:  # noqa: TID251  # an attack
            cursor.execute(sql)
    except DatabaseError:
        return True
    return False


def work_on(*, action, failure=None):
    """A unit that does something, notes it, and then may fail."""
    with unit() as work:
        Person.objects.create(name="Nobody")
        work.note("audit.read", reason="never")
        work.notes[0]["action"] = action
        if failure:
            raise failure


def test_a_unit_whose_entry_cannot_be_written_leaves_nothing(written):
    with pytest.raises(DatabaseError):
        work_on(action=None)

    assert not Person.objects.filter(name="Nobody").exists()
    assert verify()[0]


def test_a_unit_that_fails_leaves_neither_its_deed_nor_its_entry(written):
    with pytest.raises(KeyboardInterrupt):
        work_on(action="audit.read", failure=KeyboardInterrupt())

    assert not Person.objects.filter(name="Nobody").exists()
    assert not Entry.objects.filter(reason="never").exists()
    assert current() is None


def test_units_do_not_nest(written):
    with unit() as outer:
        with pytest.raises(RuntimeError, match="nest"):
            work_on(action="audit.read")
        assert current() is outer


def test_an_action_that_is_not_in_the_vocabulary_is_refused(written):
    before = Entry.objects.count()

    with unit() as work, pytest.raises(ValueError, match="vocabulary"):
        work.note("operation.invented")

    assert Entry.objects.count() == before
    with pytest.raises(ValueError, match="twice"):
        vocabulary.register("audit.read", "Again")


def _reseal(entries, *, name=""):
    """What somebody does who may write everything and does not have the key."""
    head = Entry.objects.get(seq=entries[0].seq - 1).digest
    for entry in entries:
        head = chain.seal(vars(entry), after=head)
        Entry.objects.filter(pk=entry.pk).update(previous=entry.previous, digest=head, key=name or entry.key)


@given(st.dictionaries(st.sampled_from(chain.SEALED), st.text(st.characters(exclude_categories=["Cs"]))))
def test_the_canonical_form_is_rfc_8785s(fields):
    assert chain.canonical(fields) == rfc8785.dumps(fields)
