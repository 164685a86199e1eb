"""Checkpoints stand outside the database: a cut tail, a chain written anew, a changed line; each is found and named."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from backoffice.audit import chain, checkpoints, ed25519, keeping, signing, witnesses
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import CHECKPOINTED
from backoffice.operations import restored
from tests.emptying import guards_aside
from tests.worker import HOUSE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_once(settings):
    settings.CHECKPOINT_EVERY = 0.000_001


@pytest.fixture
def file(settings):
    return Path(settings.CHECKPOINT_DIR) / checkpoints.NAME


def write_entries(count=3):
    with unit() as work:
        for _ in range(count):
            work.note("audit.read")
    return Entry.objects.latest("seq")


def checkpointed(times=3):
    """So many checkpoints, each of a head of its own."""
    return [write_entries() and keeping.keep() for _ in range(times)]


def verify(**options):
    """What `audit verify` says, and whether it is content."""
    said = io.StringIO()
    try:
        call_command("audit", "verify", stdout=said, **options)
    except CommandError as error:
        return False, str(error)
    return True, said.getvalue()


def lines(file):
    return file.read_bytes().splitlines(keepends=True)


def test_a_checkpoint_is_written_when_the_head_has_moved_and_time_has_passed(settings, file):
    assert keeping.keep() is None
    entry = write_entries()
    first = keeping.keep()
    assert (first.seq, first.digest) == (entry.seq, entry.digest)
    assert Entry.objects.filter(action=CHECKPOINTED).count() == 1

    settings.CHECKPOINT_EVERY = 3600
    write_entries()
    assert keeping.keep() is None
    settings.CHECKPOINT_EVERY = 0.000_001
    assert keeping.keep().previous == checkpoints._hash(lines(file)[0].strip())
    assert keeping.keep() is None
    assert Entry.objects.filter(action=CHECKPOINTED).count() == 1


def test_an_untouched_chain_holds_against_them():
    checkpointed(3)

    holds, said = verify()

    assert holds, said
    assert "checkpoints hold: 3" in said


def test_a_cut_tail_is_found():
    checkpointed(2)
    with guards_aside():
        Entry.objects.filter(seq__gt=4).delete()

    holds, said = verify()

    assert chain.verify(Entry.objects.order_by("seq")).fault == ""
    assert not holds
    assert "stands outside the database" in said


def test_a_chain_written_anew_by_who_has_its_key_is_found():
    early, late = checkpointed(2)
    with guards_aside():
        head = Entry.objects.get(seq=1).digest
        for entry in Entry.objects.filter(seq__gt=1).order_by("seq"):
            entry.reason = "written anew"
            head = chain.seal(vars(entry), after=head)
            entry.save()

    holds, said = verify()

    assert chain.verify(Entry.objects.order_by("seq")).fault == ""
    assert not holds
    assert f"entry {late.seq}" in said or f"entry {early.seq}" in said


def test_who_takes_the_last_checkpoints_along_is_found_by_an_earlier_one(file):
    """Whoever can write the folder too can cut both; what they cannot do is to sign what they put there."""
    checkpointed(3)
    kept = lines(file)
    head = Entry.objects.latest("seq")
    forged = checkpoints.Checkpoint(
        environment="demo", seq=head.seq, digest=head.digest, at="2026-11-23T00:00:00+00:00", previous="0" * 64
    )
    file.write_bytes(forged.signed_with(ed25519.new_secret()).line + b"\n")

    assert "not signed by this key" in verify()[1]
    file.write_bytes(b"".join(kept[1:]))
    assert "first checkpoints are missing" in verify()[1]
    file.write_bytes(kept[0].replace(b'"environment":"demo"', b'"environment":"live"') + b"".join(kept[1:]))
    assert "was changed" in verify()[1]
    file.write_bytes(kept[0] + kept[2])
    assert "was changed, or another one stood there" in verify()[1]


def test_an_auditor_verifies_with_the_public_key_alone(settings, tmp_path):
    checkpointed(2)
    shown = io.StringIO()
    call_command("audit", "public-key", stdout=shown)
    ours, theirs = tmp_path / "ours.pem", tmp_path / "theirs.pem"
    ours.write_text(shown.getvalue())
    theirs.write_text(ed25519.public_to_pem(ed25519.public_of(ed25519.new_secret())))

    assert verify(public_key=ours)[0]
    assert "not signed by this key" in verify(public_key=theirs)[1]
    assert not verify(public_key=tmp_path / "nowhere.pem")[0]
    theirs.write_text("no key")
    assert "no public key" in verify(public_key=theirs)[1]


def test_a_folder_that_was_emptied_is_missed(file):
    checkpointed(2)
    file.unlink()

    assert "outside the database" in verify()[1]
    assert keeping.keep() is None
    assert not file.exists()


def test_what_a_killed_writer_left_behind_is_cut_off(file):
    checkpointed(2)
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"at":"2026-11-23T0')

    assert checkpoints.last().seq == Entry.objects.exclude(action=CHECKPOINTED).latest("seq").seq
    assert verify()[0]
    write_entries()
    keeping.keep()
    assert len(lines(file)) == 3
    assert file.read_bytes().startswith(whole)
    assert verify()[0]


WRITER = """
import django
django.setup()
from backoffice.audit import checkpoints
print("up", flush=True)
n = 0
while True:
    n += 1
    checkpoints.write(seq=n, digest="0" * 64, at="2026-11-23T00:00:00+00:00")
"""


def test_kill_9_in_the_middle_of_writing_leaves_whole_lines(settings, file):
    for _ in range(3):
        words = [sys.executable, "-W", "ignore", "-c", WRITER]
        writer = subprocess.Popen(words, cwd=HOUSE, env=os.environ | {"DATA_DIR": str(settings.DATA)}, stdout=-1)
        writer.stdout.readline()
        time.sleep(0.3)
        writer.send_signal(signal.SIGKILL)
        writer.wait(10)
        writer.stdout.close()

        written = list(checkpoints.backwards())
        checkpoints.write(seq=10**6, digest="0" * 64, at="2026-11-23T00:00:00+00:00")
        assert len(written) > 10
    told = list(checkpoints.backwards())
    assert all(after[0].previous == before[1] for after, before in pairwise(told))
    assert told[0][0].is_signed_by(signing.public())


def test_two_writers_at_once_make_one_chain(file):
    def write():
        for n in range(8):
            checkpoints.write(seq=n, digest="0" * 64, at="2026-11-23T00:00:00+00:00")
        connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    told = list(checkpoints.backwards())
    assert len(told) == 24
    assert all(after[0].previous == before[1] for after, before in pairwise(told))


def test_they_are_read_back_over_any_number_of_blocks(file, monkeypatch):
    checkpointed(5)
    whole = list(checkpoints.backwards())

    for size in (700, 900, 4096):
        monkeypatch.setattr(checkpoints, "BLOCK", size)
        assert list(checkpoints.backwards()) == whole


@pytest.mark.parametrize("junk", [b"\n", b"{}\n", b"junk\n", b'{"seq":1}\n', b"\xff\xfe\n"])
def test_what_is_no_checkpoint_is_not_passed_over(file, junk):
    file.write_bytes(junk)

    if junk.strip():
        assert not verify()[0]
        with pytest.raises(checkpoints.Unreadable):
            witnesses.unheld()


def test_a_damaged_file_is_named_with_its_line_and_where_to_read_what_to_do(file):
    checkpointed(3)
    whole = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(whole[0] + whole[1][:90] + b"\n" + whole[2])

    holds, said = verify()

    assert not holds
    assert f"Line 2 of {file} is no checkpoint" in said
    heading = said.partition('"')[2].rpartition('"')[0]
    assert f"### {heading}\n" in (HOUSE / "docs" / "deployment.md").read_text()


def test_what_is_whole_before_the_damage_is_enough_to_go_on(file):
    """What the docs say to do about it."""
    checkpointed(3)
    whole = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(whole[:2]) + b"\x00" * 40 + b"\n")
    with pytest.raises(checkpoints.Unreadable):
        restored.look()

    file.write_bytes(b"".join(whole[:2]))

    assert restored.look() is None
    write_entries()
    assert keeping.keep()
    assert verify()[0]


def test_a_folder_that_lost_its_file_is_taken_for_a_restore(file):
    checkpointed(2)

    file.unlink()

    assert restored.look()


def test_a_restore_is_told_by_verify_and_not_hidden(file):
    first, *_ = checkpointed(1)
    lost = checkpointed(2)[-1]
    with guards_aside():
        Entry.objects.filter(seq__gt=first.seq + 1).delete()
    assert not verify()[0]

    restored.look()
    assert verify()[0]
    fork = keeping.keep()
    write_entries(20)
    keeping.keep()

    assert (fork.lost, fork.kept) == (lost.witness, first.witness)
    holds, said = verify()
    assert holds, said
    assert "A restore is known" in said
    assert f"kept to entry {first.seq}" in said


def test_marks_that_a_checkpoint_covers_are_cleared_away_and_others_stay(settings):
    folder = Path(settings.CHECKPOINT_DIR)
    witnesses.mark(write_entries())
    keeping.keep()
    assert not list(folder.glob("*.mark"))

    entry = write_entries()
    witnesses.mark(entry)
    settings.CHECKPOINT_EVERY = 3600
    keeping.keep()
    assert [path.stem for path in folder.glob("*.mark")] == [f"{entry.seq}-{entry.digest}"]


def test_a_process_leaves_one_mark_whatever_it_claims(settings):
    for _ in range(5):
        witnesses.mark(write_entries())

    assert len(list(Path(settings.CHECKPOINT_DIR).glob("*.mark"))) == 1
    assert witnesses.unheld() == []
