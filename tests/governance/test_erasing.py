"""A client is erased by three people: nobody can read any more who they were, and everything that was done still verifies."""

import threading
from datetime import date

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

from backoffice.audit import chain, clients, clock, erased
from backoffice.audit.models import ClientKey, Entry, Erasure
from backoffice.files import keeping
from backoffice.files.models import File
from backoffice.governance import changes
from backoffice.governance import clients as erasing
from backoffice.governance.clients import ClientErase
from backoffice.operations import attaching, comments, desk
from backoffice.operations.bundles import following
from backoffice.operations.canonical import canonical
from backoffice.operations.draft import seen
from backoffice.operations.models import Bundle, Comment, Decision, Operation, Sight
from backoffice.operations.reasons import Reason
from backoffice.operations.shown import from_text
from tests import play
from tests.emptying import guards_aside
from tests.files import pdf, uploaded
from tests.governance.house import agree, proposed
from tests.operations import rows
from tests.operations.test_races import at_once

pytestmark = pytest.mark.django_db
LOGIN, OTHER = 128001, 128002
# Words that are typed, and nowhere else on earth.
SAID = {
    "why": "canary-why Aunt Olga paid in for her",
    "comment": "canary-comment She called from Lisbon",
    "vote": "canary-vote Her voice was known",
    "back": "canary-back The payer is her aunt",
}


@pytest.fixture(autouse=True)
def _nothing_is_kept_by_law(settings):
    settings.RETENTION_YEARS = 0


@pytest.fixture
def at(everybody, signed_in):
    return lambda name: signed_in(everybody[name])


def erase(three, logins=str(LOGIN)):
    author, *others = three
    return agree(proposed(ClientErase(logins=logins), author), *others)


def over(operation, carl, words="vote"):
    """Turned down, with words."""
    return desk.reject(operation.pk, by=carl, seen=operation.seen, reason=Reason("WRONG_AMOUNT", SAID[words]))


def spoken_of(mia, carl, login=LOGIN, **fields):
    """A request with words on it, that is over."""
    operation = rows.awaiting(mia, login=login, **fields)
    comments.write(operation.pk, key=operation.pk, by=mia, text=SAID["comment"])
    return over(operation, carl)


def at_rest():
    """Every table, as text."""
    told = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')  # noqa: S608  # a table of ours
            told[model._meta.label] = str(cursor.fetchall())
    return told


def found_in(*words):
    return {f"{word!r} in {label}" for label, text in at_rest().items() for word in words if word in text}


def test_nothing_that_people_write_about_a_client_rests_in_the_clear(at_mia, at_carl, mia, carl, sandbox):
    """The whole way by the pages: asked for, commented on, returned, asked for again, approved, cancelled."""
    asked = play.deposited(at_mia, LOGIN, "250.00", reason=SAID["why"])
    at_mia.get(f"/operations/{asked.pk}/")
    comments.write(asked.pk, key=asked.pk, by=mia, text=SAID["comment"])
    play.decide(at_carl, asked, "return", reason=SAID["back"], amount="240.00")
    again = play.submit(
        at_mia,
        "/funding/deposit/",
        LOGIN,
        amount="240.00",
        resubmission_of=str(asked.pk),
        reason=SAID["why"],
        **play.WIRE,
    )
    approved = play.found(again)
    at_carl.get(f"/operations/{approved.pk}/")
    play.decide(at_carl, approved, reason=SAID["vote"])
    cancelled = play.deposited(at_mia, LOGIN, "30.00")
    at_mia.post(f"/operations/{cancelled.pk}/cancellation/", {"reason": SAID["back"]})
    account = sandbox.account(LOGIN)
    who = (account["name"], account["email"])

    assert all(who)
    assert found_in(*who, *SAID.values()) == set()
    page = play.page(at_carl.get(f"/operations/{asked.pk}/"))
    assert all(words in page for words in (*who, SAID["why"], SAID["comment"], SAID["back"]))
    seen_then = play.page(at_carl.get(f"/operations/{asked.pk}/decisions/{asked.decisions.get().pk}/"))
    assert all(words in seen_then for words in (*who, SAID["why"], SAID["comment"]))
    assert "sealed1:" not in page + seen_then


def test_three_people_erase_a_client_and_nobody_reads_them_any_more(everybody, three, mia, carl):
    operation = spoken_of(mia, carl)
    assert Operation.objects.get(pk=operation.pk).client_name == rows.ACCOUNT["name"]

    change = erase(three)

    kept = Operation.objects.get(pk=operation.pk)
    vote, said = Decision.objects.get(), Comment.objects.get()
    assert {kept.client_name, vote.reason, said.text} == {clients.ERASED}
    assert from_text(vote.sight.text).opened.name == clients.ERASED
    assert {entry.reason for entry in Entry.objects.filter(login=LOGIN, action="operation.rejected")} == {
        clients.ERASED
    }
    erasure = Erasure.objects.get()
    assert (erasure.login, erasure.change) == (LOGIN, change.pk)
    entry = Entry.objects.get(action="client.erased")
    assert (entry.login, entry.operator_id) == (LOGIN, three[0].operator_id)
    assert ClientKey.objects.count() == 0


def test_all_hashes_hold_when_nobody_can_read_what_they_are_over(everybody, three, mia, carl):
    operation = spoken_of(mia, carl)
    erase(three)

    kept = Operation.objects.get(pk=operation.pk)
    assert kept.seen == seen(kept.payload_hash, kept.snapshot, kept.verdict)
    assert kept.is_as_approved
    assert Sight.objects.get().is_whole
    assert chain.verify(Entry.objects.order_by("seq")).fault == ""


def test_a_backup_that_brings_an_erased_client_back_is_told(everybody, three, mia, carl, at, settings, tmp_path):
    settings.CHECKPOINT_DIR = str(tmp_path)
    spoken_of(mia, carl)
    backup = list(ClientKey.objects.values())
    erase(three)
    erased.keep()
    erased.keep()
    assert [path.name for path in tmp_path.iterdir()] == [f"{backup[0]['id'].hex}.erased"]
    assert erased.back() == []

    with guards_aside():
        Erasure.objects.all().delete()
        ClientKey.objects.create(**backup[0])

    erased.keep()
    erased.keep()
    assert erased.back() == [LOGIN]
    assert Entry.objects.get(action="client.back").login == LOGIN
    assert f"back with a backup: {LOGIN}" in play.page(at("cora").get("/clients/erasures/"))
    erase(three)
    assert erased.back() == []


def test_what_was_written_before_anything_was_sealed_is_said(everybody, three, mia, carl):
    operation = spoken_of(mia, carl)
    with guards_aside():
        Operation.objects.filter(pk=operation.pk).update(snapshot=canonical(rows.ACCOUNT))

    effect = ClientErase(logins=str(LOGIN)).effects()[0]

    assert "1 of them from before anything was sealed, which stays readable" in effect.before


def test_others_are_read_as_before(everybody, three, mia, carl):
    theirs = spoken_of(mia, carl, login=OTHER)
    spoken_of(mia, carl)

    erase(three)

    assert Decision.objects.get(operation=theirs).reason == SAID["vote"]


def test_all_accounts_of_a_client_are_erased_by_one_change(everybody, three, mia, carl):
    for login in (LOGIN, OTHER):
        spoken_of(mia, carl, login=login)

    change = erase(three, f"{LOGIN} {OTHER}")

    assert ClientKey.objects.count() == 0
    assert set(Erasure.objects.values_list("login", "change")) == {(LOGIN, change.pk), (OTHER, change.pk)}


def test_what_is_written_afterwards_has_another_key_and_can_be_erased_too(everybody, three, mia, carl):
    spoken_of(mia, carl)
    erase(three)
    after = spoken_of(mia, carl, amount="70.00")
    assert Decision.objects.get(operation=after).reason == SAID["vote"]

    erase(three)

    assert Decision.objects.get(operation=after).reason == clients.ERASED
    assert Erasure.objects.count() == 2


def test_nobody_is_erased_while_something_of_theirs_is_open(everybody, three, mia):
    operation = rows.awaiting(mia)

    with pytest.raises(desk.Refusal, match=f"{operation.reference} of {LOGIN} is not over: pending"):
        proposed(ClientErase(logins=str(LOGIN)), three[0])


def test_nobody_is_erased_before_the_law_lets_them(everybody, three, mia, carl, settings):
    spoken_of(mia, carl)
    settings.RETENTION_YEARS = 5
    until = erasing.kept_until(clock.now().date())

    with pytest.raises(desk.Refusal, match=f"kept for 5 years after the last operation, until {until:%d %b %Y}"):
        proposed(ClientErase(logins=str(LOGIN)), three[0])


def test_what_opens_while_it_waits_for_agreement_keeps_them(everybody, three, mia, carl):
    spoken_of(mia, carl)
    change = proposed(ClientErase(logins=str(LOGIN)), three[0])
    agree(change, three[1])
    rows.awaiting(mia, amount="31.00")

    with pytest.raises(desk.Refusal, match="is not over"):
        changes.agree(change.pk, by=three[2], seen=changes.seen_of(change))
    assert ClientKey.objects.count() == 1


@pytest.mark.parametrize(
    ("last", "years", "until"),
    [
        (date(2021, 3, 4), 5, date(2026, 3, 4)),
        (date(2024, 2, 29), 5, date(2029, 3, 1)),
        (date(2024, 2, 29), 4, date(2028, 3, 1)),
        (date(2021, 3, 4), 0, date(2021, 3, 4)),
    ],
)
def test_the_years_are_counted_by_the_calendar(last, years, until, settings):
    settings.RETENTION_YEARS = years
    assert erasing.kept_until(last) == until


def test_of_whom_nothing_is_written_nothing_is_erased(everybody, three):
    with pytest.raises(desk.Refusal, match=f"written about {LOGIN}, {OTHER}"):
        proposed(ClientErase(logins=f"{LOGIN} {OTHER}"), three[0])


def evidenced(mia, carl, login=LOGIN, content=None):
    file = uploaded(mia, content=content)
    return spoken_of(mia, carl, login=login, evidence=(file,)), file.sha256


def test_files_go_with_the_client(everybody, three, mia, carl, at_carl):
    operation, sha256 = evidenced(mia, carl)

    erase(three)

    assert bytes(File.objects.get(pk=sha256).content) == b""
    with pytest.raises(keeping.Erased):
        keeping.read(sha256)
    answer = at_carl.get(reverse("evidence", args=[operation.pk, sha256]))
    assert answer.status_code == 410
    assert "erased" in play.page(answer)


def test_a_file_that_is_about_somebody_else_too_stays(everybody, three, mia, carl):
    content = pdf("Of both")
    _, sha256 = evidenced(mia, carl, content=content)
    evidenced(mia, carl, login=OTHER, content=content)

    erase(three)
    assert keeping.read(sha256) == content

    erase(three, str(OTHER))
    assert bytes(File.objects.get(pk=sha256).content) == b""


@pytest.mark.postgres  # on SQLite nobody else writes while a unit is open
@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_submitted_for_another_client_meanwhile_stays(everybody, three, mia, carl, monkeypatch):
    """The other one's request is written down, and not committed yet, while the first client is erased."""
    content = pdf("Of both")
    _, sha256 = evidenced(mia, carl, content=content)
    change = proposed(ClientErase(logins=str(LOGIN)), three[0])
    agree(change, three[1])
    attach, is_written, is_erased = attaching.attach, threading.Event(), threading.Event()

    def slower(operation, **options):
        attach(operation, **options)
        is_written.set()
        is_erased.wait(2)

    def erase_meanwhile():
        is_written.wait(10)
        try:
            agree(change, three[2])
        finally:
            is_erased.set()

    monkeypatch.setattr(attaching, "attach", slower)
    at_once(lambda: rows.awaiting(mia, login=OTHER, evidence=(uploaded(mia, content=content),)), erase_meanwhile)

    assert Erasure.objects.count() == 1
    assert keeping.read(sha256) == content


def test_an_erased_file_that_is_uploaded_again_is_there_again(everybody, three, mia, carl):
    content = pdf("Once more")
    _, sha256 = evidenced(mia, carl, content=content)
    erase(three)

    evidenced(mia, carl, login=OTHER, content=content)

    assert keeping.read(sha256) == content


def test_the_pages_of_an_erased_client_say_so(everybody, three, mia, carl, at_carl, at):
    operation = spoken_of(mia, carl)
    vote = operation.decisions.get()
    erase(three)

    for path in (f"/operations/{operation.pk}/", f"/operations/{operation.pk}/decisions/{vote.pk}/", "/operations/"):
        shown = play.page(at_carl.get(path))
        assert clients.ERASED in shown
        assert rows.ACCOUNT["name"] not in shown
        assert "sealed1:" not in shown
    trail = play.page(at("vera").get(f"/audit/?login={LOGIN}"))
    assert "Client erased" in trail
    assert "sealed1:" not in trail


def test_what_was_suggested_about_an_erased_client_is_suggested_no_more(everybody, three, at_carl, at_mia, sandbox):
    asked = play.deposited(at_mia, LOGIN, "250.00")
    play.decide(at_carl, asked, "return", reason=SAID["back"], amount="240.00", payment_reference="HB-1")
    assert asked.decisions.get().suggested
    again = f"/funding/deposit/?login={LOGIN}&resubmission_of={asked.pk}&with=suggested"

    erase(three)

    for path in (f"/operations/{asked.pk}/", again):
        answer = at_mia.get(path)
        assert answer.status_code == 200
        assert "Suggested by" not in play.page(answer)


def test_it_is_proposed_agreed_to_and_listed_by_the_pages(everybody, mia, carl, at):
    spoken_of(mia, carl)
    typed = {"logins": f" {LOGIN} ", "reason": "Request 4411 of 2 November."}

    proposed_ = at("ada").post("/clients/erasures/proposal/", typed)
    assert proposed_.status_code == 302, play.page(proposed_)
    path = proposed_.headers["Location"]
    page = play.page(at("amir").get(path))
    assert f"Erase the client of {LOGIN}" in page
    assert "1 operation, the last on" in page
    assert "waits for agreement" in play.page(at("vera").get("/clients/erasures/"))
    for who in ("amir", "cora"):
        form = next(f for a, f in play.Fields(play.page(at(who).get(path))).forms.items() if a.endswith("agreement/"))
        assert at(who).post(f"{path}agreement/", form).status_code == 302

    assert str(LOGIN) in play.page(at("vera").get("/clients/erasures/"))
    assert Erasure.objects.count() == 1


@pytest.mark.parametrize(
    ("logins", "says"),
    [
        ("12x", "plain digits with blanks between, like 128001 128002"),
        ("128001,128002", "plain digits with blanks between"),
        ("٣٤٥", "plain digits"),
        (" ".join(map(str, range(1, 10))), "at most 8"),
        (str(LOGIN), "Nothing that could be erased"),
    ],
)
def test_what_is_typed_wrongly_is_said_and_kept(everybody, at, logins, says):
    answer = at("ada").post("/clients/erasures/proposal/", {"logins": logins, "reason": "Request 4411 of today."})

    assert answer.status_code in (409, 422)
    assert says in play.page(answer)
    assert "Request 4411" in play.page(answer)


def test_a_bundle_shows_a_client_sealed_and_its_votes_stay_whole(everybody, three, mia, carl, at_carl, at_mia):
    operations = [rows.awaiting(mia, login=login, amount="20.00") for login in (LOGIN, OTHER)]
    bundle = play.bundled(at_mia, operations, "Two small ones")
    page = play.page(at_carl.get(f"/bundles/{bundle.pk}/"))
    assert rows.ACCOUNT["name"] in page
    form = next(f for a, f in play.Fields(page).forms.items() if a.endswith("rejection/"))
    answer = at_carl.post(
        f"/bundles/{bundle.pk}/rejection/", form | {"reason_code": "WRONG_AMOUNT", "reason": "Not so."}
    )
    assert answer.status_code == 302, play.page(answer)
    following.follow("funding")

    erase(three)

    ballot = Bundle.objects.get().decisions.get()
    assert ballot.is_whole
    kept = play.page(at_carl.get(f"/bundles/{bundle.pk}/decisions/{ballot.pk}/"))
    assert clients.ERASED in kept
    assert rows.ACCOUNT["name"] in kept, "the other one is not erased"
    assert rows.ACCOUNT["name"] not in str(at_rest()["operations.BundleDecision"])
