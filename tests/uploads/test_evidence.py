"""Evidence from the form to the checker: nothing chosen is lost, nothing is attached that was not looked at, each reading is on record."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, connections
from uuid_utils.compat import uuid7

from backoffice.audit import clock
from backoffice.audit.models import Entry
from backoffice.database.privileges import WEB, WORKER
from backoffice.files import keeping, tokens
from backoffice.files.attached import Attached
from backoffice.files.kinds import LARGEST
from backoffice.files.models import File, Upload
from backoffice.files.receiving import MOST
from backoffice.operations import attaching, desk, submission
from backoffice.operations.instructions import from_payload
from backoffice.operations.models import Attachment, Operation
from backoffice.operations.policy import Check
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from backoffice.safety.front import largest
from funding.instructions import Deposit
from tests import play
from tests.emptying import guards_aside
from tests.files import chosen, jpeg, pdf, png, uploaded
from tests.in_roles import as_role
from tests.operations import rows
from tests.test_access import enter

pytestmark = pytest.mark.django_db

DEPOSIT = "/funding/deposit/"
PLAIN = {"amount": Decimal(250), "currency": "USD", "method": "BANK_WIRE"}
TYPED = play.WIRE | {"amount": "2500.00", "payment_reference": "HBKGB 2311-88412"}


@pytest.fixture
def hers(mia, sandbox, signed_in):
    return signed_in(mia)


@pytest.fixture
def his(carl, signed_in):
    return signed_in(carl)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def sent(client, *files, **typed):
    """The deposit's form with files, as a browser sends it."""
    return play.submit(client, DEPOSIT, 128001, **(TYPED | typed)) if not files else _with(client, files, typed)


def _with(client, files, typed):
    form = play.filled(client, DEPOSIT, 128001, **(TYPED | typed))
    return client.post(DEPOSIT, form | {"evidence_files": list(files)})


def held(response):
    """The tokens of the files that a form still has, by name."""
    field = response.context["form"]["evidence"]
    context = field.field.widget.get_context("evidence", field.value(), {})
    return {attached.name: token for token, attached in context["widget"]["held"]}


def errors(response):
    assert response.status_code == 422
    return " ".join(response.context["form"].errors["evidence"])


def address(operation, file):
    return f"/operations/{operation.pk}/evidence/{file.sha256}/"


# What is approved


def test_the_payload_names_each_file_and_the_vote_binds_it(hers, his):
    response = sent(hers, chosen("swift.pdf"), chosen("note.png"))
    operation = play.found(response)

    assert [file.fields for file in operation.instruction.evidence] == [
        {"name": "swift.pdf", "sha256": sha256(pdf()), "size": len(pdf()), "type": "application/pdf"},
        {"name": "note.png", "sha256": sha256(png()), "size": len(png()), "type": "image/png"},
    ]
    assert [row.name for row in operation.attachments.all()] == ["swift.pdf", "note.png"]
    assert bytes(File.objects.get(pk=sha256(pdf())).content) == pdf()
    assert play.decide(his, operation).status_code == 302
    assert operation.decisions.get().payload_hash == operation.payload_hash


def test_without_evidence_the_payload_is_what_it_always_was(hers):
    operation = play.found(sent(hers))

    assert "evidence" not in operation.payload
    assert from_payload(operation.payload).evidence == ()


@pytest.mark.parametrize(
    "other",
    [
        "[]",
        '[{"name":"a.pdf"}]',
        '[{"name":"a.pdf","sha256":"x","size":1,"type":"application/pdf"}]',
        f'[{{"name":"a.pdf","sha256":"{"0" * 64}","size":"1","type":"application/pdf"}}]',
        f'[{{"name":"a.pdf","sha256":"{"0" * 64}","size":1,"type":"text/html"}}]',
        f'[{{"extra":1,"name":"a.pdf","sha256":"{"0" * 64}","size":1,"type":"application/pdf"}}]',
    ],
)
def test_evidence_that_is_none_is_not_read(hers, other):
    operation = play.found(sent(hers))

    with pytest.raises(ValueError, match=r"."):
        from_payload(operation.payload.replace('"kind"', f'"evidence":{other},"kind"'))


def test_what_is_sent_to_mt5_is_the_same_with_and_without(hers, his, sandbox):
    operation = play.found(sent(hers, chosen()))
    play.decide(his, operation)

    assert play.settle(operation).state == State.APPLIED
    (deal,) = sandbox.deals_of(str(operation.pk))
    assert "swift" not in str(deal)


def test_the_pages_show_it_and_what_the_checker_saw_is_kept(hers, his):
    operation = play.found(sent(hers, chosen()))
    (file,) = operation.instruction.evidence

    shown = play.page(his.get(f"/operations/{operation.pk}/"))
    for words in ("swift-88412.pdf", file.sha256, address(operation, file), "PDF"):
        assert words in shown, words
    assert "swift-88412.pdf" in play.page(his.get("/accounts/128001/"))
    pair = f"/approvals/approval/?case={operation.pk}"
    assert address(operation, file) in play.page(his.get(pair))

    play.decide(his, operation)
    vote = operation.decisions.get()
    assert file.sha256 in vote.sight.text
    assert "swift-88412.pdf" in play.page(hers.get(f"/operations/{operation.pk}/decisions/{vote.pk}/"))


def test_a_form_that_was_sent_twice_has_its_files_once(hers):
    form = play.filled(hers, DEPOSIT, 128001, **TYPED)
    for _ in range(2):
        assert hers.post(DEPOSIT, form | {"evidence_files": chosen()}).status_code == 302

    assert (Operation.objects.count(), File.objects.count(), Attachment.objects.count()) == (1, 1, 1)


# Bad input loses nothing


def test_files_outlive_what_was_wrong_with_the_form(hers):
    wrong = sent(hers, chosen(), amount="2,500")
    tokens_ = held(wrong)
    assert set(tokens_) == {"swift-88412.pdf"}

    form = play.filled(hers, DEPOSIT, 128001, **TYPED)
    operation = play.found(hers.post(DEPOSIT, form | {"evidence": list(tokens_.values())}))

    assert [file.name for file in operation.instruction.evidence] == ["swift-88412.pdf"]


def test_files_outlive_a_preview_which_writes_nothing_else(hers):
    entries = Entry.objects.count()

    shown = sent(hers, chosen(), preview="1")

    assert (shown.status_code, set(held(shown))) == (200, {"swift-88412.pdf"})
    assert [entry.action for entry in Entry.objects.order_by("seq")[entries:]] == ["file.uploaded"]
    assert not Operation.objects.exists()
    assert not File.objects.exists()


def test_a_preview_that_a_page_asks_for_answers_with_the_files_beside_the_effect(hers):
    form = play.filled(hers, DEPOSIT, 128001, **TYPED) | {"preview": "1"}

    with_file = play.page(hers.post(DEPOSIT, form | {"evidence_files": chosen()}, headers={"hx-request": "true"}))
    without = play.page(hers.post(DEPOSIT, form, headers={"hx-request": "true"}))

    assert 'id="evidence" hx-swap-oob="true"' in with_file
    assert "swift-88412.pdf" in with_file
    assert 'id="evidence"' not in without


def test_files_outlive_mt5_being_away(hers, sandbox):
    form = play.filled(hers, DEPOSIT, 128001, **TYPED)
    rule = sandbox.rule("offline", times=None)
    away = hers.post(DEPOSIT, form | {"evidence_files": [chosen(), chosen("note.png")]})
    assert away.status_code == 503
    kept = [token for name, token in away.context["kept"] if name == "evidence"]
    assert [fact.value for fact in away.context["kept_facts"] if fact.label == "Evidence"] == [
        "swift-88412.pdf",
        "note.png",
    ]

    sandbox.ask("DELETE", f"/rules/{rule}")
    operation = play.found(hers.post(DEPOSIT, form | {"evidence": kept}))

    assert len(operation.instruction.evidence) == 2


def test_what_was_refused_while_mt5_was_away_is_not_left_out_in_silence(hers, sandbox):
    form = play.filled(hers, DEPOSIT, 128001, **TYPED)
    sandbox.rule("offline", times=None)

    away = play.page(hers.post(DEPOSIT, form | {"evidence_files": SimpleUploadedFile("a.html", b"<html>")}))

    assert "a.html is neither a PDF nor a PNG or JPEG picture." in away
    assert 'name="preview" value="1">Try again' in away


def test_a_file_that_is_unticked_is_left_out(hers):
    tokens_ = held(sent(hers, chosen(), chosen("note.png"), amount="x"))

    form = play.filled(hers, DEPOSIT, 128001, **TYPED)
    operation = play.found(hers.post(DEPOSIT, form | {"evidence": tokens_["note.png"]}))

    assert [file.name for file in operation.instruction.evidence] == ["note.png"]


def test_one_bad_file_among_good_ones_keeps_the_good_ones_and_submits_nothing(hers):
    response = sent(hers, chosen(), SimpleUploadedFile("photo.png", b"<script>"))

    assert "photo.png is neither" in errors(response)
    assert set(held(response)) == {"swift-88412.pdf"}
    assert response.context["form"]["payment_reference"].value() == TYPED["payment_reference"]
    assert not Operation.objects.exists()


# Hostile uploads


HOSTILE = {
    "a page as a picture": ("a.png", b"<html><script>alert(1)</script></html>", "neither a PDF"),
    "a drawing": ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "neither a PDF"),
    "an archive": ("a.pdf", b"PK\x03\x04" + bytes(60), "neither a PDF"),
    "nothing": ("a.pdf", b"", "is empty"),
    "a picture as a paper": ("a.pdf", png(), "which its name does not say"),
    "a page behind a picture": ("a.png", png(behind=b"<script>alert(1)</script>"), "a web page"),
    "a program in a paper": ("a.pdf", pdf(trailer=b"/OpenAction << /S /JavaScript >>"), "holds a program"),
    "encrypted": ("a.pdf", pdf(trailer=b"/Encrypt 9 0 R"), "is encrypted"),
    "too large": ("a.pdf", pdf() + bytes(LARGEST), "larger than 5 MiB"),
    "of the same name": ("a.jpg.exe", jpeg(), "which its name does not say"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_not_taken_is_said_at_its_field_and_kept_nowhere(hers, what):
    name, content, words = HOSTILE[what]

    response = sent(hers, SimpleUploadedFile(name, content, content_type="application/pdf"))

    assert words in errors(response)
    assert not Upload.objects.exists()
    assert response.context["form"]["amount"].value() == "2500.00"


NAMES = {
    "../../x.pdf": "x.pdf",
    "..\\..\\x.pdf": "x.pdf",
    "/etc/passwd/x.pdf": "x.pdf",
    'x".pdf': "x%22.pdf",
    "a\u202efdp.pdf": "afdp.pdf",
    "счёт 11.pdf": "счёт 11.pdf",
}


@pytest.mark.parametrize("name", NAMES)
def test_no_name_is_more_than_a_name(hers, his, name):
    body = _multipart(play.filled(hers, DEPOSIT, 128001, **TYPED), name)

    operation = play.found(hers.post(DEPOSIT, body, content_type="multipart/form-data; boundary=edge"))

    (file,) = operation.instruction.evidence
    assert file.name == NAMES[name]
    header = his.get(address(operation, file)).headers["Content-Disposition"]
    assert header.startswith("attachment; filename")
    assert header.isprintable()
    assert "/" not in header


def _multipart(form, name, content=None):
    """A body written by hand: a client of ours would clean the name."""
    lines = []
    for field, value in form.items():
        lines += [b"--edge", f'Content-Disposition: form-data; name="{field}"'.encode(), b"", str(value).encode()]
    quoted = name.replace('"', "%22")
    head = f'Content-Disposition: form-data; name="evidence_files"; filename="{quoted}"'.encode()
    return b"\r\n".join([*lines, b"--edge", head, b"Content-Type: text/html", b"", content or pdf(), b"--edge--", b""])


def test_a_name_cannot_write_a_header(hers, his):
    body = _multipart(play.filled(hers, DEPOSIT, 128001, **TYPED), "x.pdf\r\nSet-Cookie: a=b")

    response = hers.post(DEPOSIT, body, content_type="multipart/form-data; boundary=edge")

    assert response.status_code in (302, 422)
    for operation in Operation.objects.all():
        for file in operation.instruction.evidence:
            answer = his.get(address(operation, file))
            assert "Set-Cookie: a=b" not in str(answer.headers)
            assert "a" not in answer.cookies


def test_more_files_than_are_taken_are_said_one_by_one(hers):
    files = [chosen(f"{number}.pdf", pdf(str(number))) for number in range(MOST + 2)]

    response = sent(hers, *files)

    assert "5.pdf is one too many: at most 5 files are taken." in errors(response)
    assert "6.pdf" in errors(response)
    assert len(held(response)) == MOST
    form = play.filled(hers, DEPOSIT, 128001, **TYPED) | {"evidence": list(held(response).values())}
    assert "one too many" in errors(hers.post(DEPOSIT, form | {"evidence_files": chosen("7.pdf", pdf("7"))}))


def test_a_body_of_many_large_files_is_read_past_and_the_form_arrives(hers):
    large = [chosen(f"{number}.pdf", pdf() + bytes(LARGEST)) for number in range(7)]

    response = sent(hers, *large)

    assert errors(response).count("larger than 5 MiB") == 7
    assert response.context["form"]["payment_reference"].value() == TYPED["payment_reference"]


def test_a_body_that_no_page_takes_is_refused_unread(hers):
    response = hers.post(
        DEPOSIT, b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(largest(DEPOSIT) + 1)
    )

    assert response.status_code == 413
    assert "too much at once" in play.page(response)


@pytest.mark.parametrize("where", ["/sign-in/", "/sign-in/password/", "/approvals/approval/"])
def test_where_no_files_are_taken_none_is_read(his, where, client):
    for visitor in (his, client):
        request = visitor.post(where, {"evidence_files": chosen(), "login": "x", "password": "y"}).wsgi_request
        assert not request.FILES


def test_who_may_not_use_the_form_has_no_file_read(his, client):
    for visitor, status in ((his, 403), (client, 302)):
        response = visitor.post(DEPOSIT, {"login": "128001", "evidence_files": chosen()})
        assert (response.status_code, bool(response.wsgi_request.FILES)) == (status, False)
    assert not Upload.objects.exists()


def test_a_person_uploads_no_more_than_so_many_a_day(hers, mia, monkeypatch):
    monkeypatch.setattr(keeping, "MOST_UPLOADS", 1)
    uploaded(mia, content=pdf("one"))

    assert "you uploaded 1 files" in errors(sent(hers, chosen("b.pdf", pdf("two"))))


# Whose it is


def test_nobody_attaches_what_another_uploaded(hers, mia, nils, sandbox, signed_in):
    token = tokens.sealed(uploaded(mia), by=mia)
    form = play.filled(signed_in(nils), DEPOSIT, 128001, **TYPED)

    response = signed_in(nils).post(DEPOSIT, form | {"evidence": token})

    assert "Choose it again" in errors(response)
    with pytest.raises(desk.Refusal, match="no longer here"):
        rows.awaiting(nils, evidence=(uploaded(mia, content=pdf("hers alone")),))


def test_a_token_that_was_made_up_or_is_old_is_none(hers, mia, monkeypatch):
    good = tokens.sealed(uploaded(mia), by=mia)
    form = play.filled(hers, DEPOSIT, 128001, **TYPED)

    other = good[:-1] + ("A" if good[-1] != "A" else "E")
    for token in ("x", other, good.replace(":", "", 1)):
        assert "Choose it again" in errors(hers.post(DEPOSIT, form | {"evidence": token}))
    monkeypatch.setattr(tokens, "GOOD_FOR", -1)
    assert "Choose it again" in errors(hers.post(DEPOSIT, form | {"evidence": good}))


# Downloading


def test_it_is_handed_out_as_it_came_to_be_saved_and_never_shown(hers, his):
    operation = play.found(sent(hers, chosen("счёт.pdf")))
    (file,) = operation.instruction.evidence

    answer = his.get(address(operation, file))

    assert answer.content == pdf()
    expected = {
        "Content-Type": "application/pdf",
        "Content-Disposition": "attachment; filename*=utf-8''%D1%81%D1%87%D1%91%D1%82.pdf",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Content-Length": str(len(pdf())),
    }
    assert {name: answer.headers[name] for name in expected} == expected


def test_each_reading_is_on_record(hers, his, carl):
    operation = play.found(sent(hers, chosen()))
    (file,) = operation.instruction.evidence

    his.get(address(operation, file))

    entry = Entry.objects.latest("seq")
    assert (entry.action, entry.operator_id, entry.object_id) == ("evidence.downloaded", carl.operator_id, file.sha256)
    assert (entry.login, entry.request_id) == (128001, str(operation.pk))
    assert operation.reference in entry.detail
    story = list(Entry.objects.filter(object_type="file", object_id=file.sha256).order_by("seq"))
    assert [each.action for each in story] == ["file.uploaded", "evidence.attached", "evidence.downloaded"]


def test_a_file_is_there_only_by_an_operation_that_names_it_for_who_may_see_that(
    hers, his, mia, ada, signed_in, client
):
    with_it, without = play.found(sent(hers, chosen())), rows.awaiting(mia, login=2)
    (file,) = with_it.instruction.evidence

    assert his.get(address(without, file)).status_code == 404
    assert his.get(f"/operations/{with_it.pk}/evidence/{'0' * 64}/").status_code == 404
    assert his.get(f"/operations/{with_it.pk}/evidence/{file.sha256[:8]}/").status_code == 404
    assert signed_in(ada).get(address(with_it, file)).status_code == 403
    assert client.get(address(with_it, file)).headers["Location"].startswith("/sign-in/")
    for method in ("POST", "PUT", "DELETE"):
        assert his.generic(method, address(with_it, file)).status_code == 405
    assert not Entry.objects.filter(action="evidence.downloaded").exists()


def test_an_operation_of_another_lane_does_not_show_its_files(hers, signed_in):
    operation = play.found(sent(hers, chosen()))
    (file,) = operation.instruction.evidence

    assert enter("accounts").get(address(operation, file)).status_code == 404


def test_bytes_that_are_not_those_of_the_hash_are_an_alarm_and_never_handed_out(hers, his):
    operation = play.found(sent(hers, chosen()))
    (file,) = operation.instruction.evidence
    with guards_aside():
        File.objects.filter(pk=file.sha256).update(content=pdf("forged by who dropped the guards"))

    answer = his.get(address(operation, file))

    assert answer.status_code == 409
    assert b"forged" not in answer.content
    assert "its hash does not agree" in play.page(answer)
    entry = Entry.objects.latest("seq")
    assert (entry.action, entry.object_id) == ("evidence.damaged", file.sha256)
    assert sha256(pdf("forged by who dropped the guards")) in entry.detail


# The policy


def test_a_large_deposit_without_evidence_is_refused_in_so_many_words(hers):
    response = sent(hers, amount="10000.00")

    assert response.status_code == 422
    assert "Blocked by rule 6 of policy 1: Deposit of 10,000 USD or more without evidence." in play.page(response)
    assert not Operation.objects.exists()
    assert Entry.objects.latest("seq").action == "operation.act_refused"
    assert sent(hers, amount="9999.99").status_code == 302


def test_with_evidence_it_takes_one_supervisor(hers):
    operation = play.found(sent(hers, chosen(), amount="10000.00"))

    assert operation.judged.words == "Needs 1 supervisor"


def test_the_policy_page_shows_the_rule_as_active(vera, signed_in):
    shown = play.page(signed_in(vera).get("/policy/?rules=active"))

    assert "Deposit of 10,000 USD or more without evidence" in shown


def test_the_preview_says_it_before_anything_is_submitted(hers):
    assert "without evidence" in play.page(sent(hers, amount="10000.00", preview="1"))
    assert "without evidence" not in play.page(sent(hers, chosen(), amount="10000.00", preview="1"))


# The same file again


def test_a_file_that_was_evidence_before_is_a_warning_that_the_checker_sees(hers, his, nils, signed_in):
    first = play.found(sent(hers, chosen("swift.pdf")))
    again = play.submit(
        signed_in(nils), DEPOSIT, 128255, **TYPED | {"payment_reference": "other"}, evidence_files=chosen("copy.pdf")
    )
    second = play.found(again)

    (warned,) = second.judged.warnings
    assert warned.text == f"copy.pdf was evidence for {first.reference} already"
    assert "Mia" in warned.detail
    assert warned.text in play.page(his.get(f"/operations/{second.pk}/"))
    # And whoever decides on the first is told what came after it.
    assert f"swift.pdf is evidence for {second.reference} since" in play.page(his.get(f"/operations/{first.pk}/"))
    assert not his.get(f"/approvals/approval/?case={second.pk}").context["ready"]


def test_two_files_of_the_same_bytes_are_one(hers):
    operation = play.found(sent(hers, chosen("a.pdf"), chosen("b.pdf")))

    assert len(operation.instruction.evidence) == 1


# Asking again


def test_a_resubmission_carries_the_evidence_along_without_a_warning(hers, his):
    old = play.found(sent(hers, chosen()))
    play.decide(his, old, "return", reason_code="EVIDENCE_MISSING", reason="The second page is missing.")

    opened = hers.get(DEPOSIT, {"login": 128001, "resubmission_of": old.pk})
    token = held(opened)["swift-88412.pdf"]
    form = play.Fields(play.page(opened)).forms[DEPOSIT] | TYPED | {"evidence": token, "because": ""}
    new = play.found(hers.post(DEPOSIT, form | {"evidence_files": chosen("page-2.png")}))

    assert [file.name for file in new.instruction.evidence] == ["swift-88412.pdf", "page-2.png"]
    assert not new.judged.warnings
    shown = his.get(f"/operations/{new.pk}/").context["shown"]
    (change,) = [change for change in shown.changed if change.label == "Evidence"]
    assert "page-2.png" in change.after
    assert "page-2.png" not in change.before


# What came to nothing


def test_uploads_that_nothing_names_are_deleted_after_a_day_and_what_is_named_never(hers, mia):
    operation = play.found(sent(hers, chosen()))
    uploaded(mia, content=pdf("never submitted"))
    assert keeping.forget() == 0
    _a_day_goes_by()
    fresh = uploaded(mia, content=pdf("of today"))

    assert keeping.forget() == 2

    assert [row.sha256 for row in Upload.objects.all()] == [fresh.sha256]
    assert bytes(File.objects.get().content) == pdf()
    assert Entry.objects.latest("seq").action == "file.forgotten"
    assert keeping.read(operation.instruction.evidence[0].sha256) == pdf()


def _a_day_goes_by():
    with guards_aside():
        Upload.objects.update(at=clock.now() - timedelta(hours=25))


def test_what_was_forgotten_is_chosen_again_and_nothing_else_is_lost(hers, mia):
    token = tokens.sealed(uploaded(mia), by=mia)
    _a_day_goes_by()
    keeping.forget()
    form = play.filled(hers, DEPOSIT, 128001, **TYPED) | {"evidence": token}

    response = hers.post(DEPOSIT, form)

    assert response.status_code == 422
    assert "swift-88412.pdf is no longer here. Choose it again." in play.page(response)
    assert response.context["form"]["payment_reference"].value() == TYPED["payment_reference"]
    assert not Operation.objects.exists()
    assert play.found(hers.post(DEPOSIT, form | {"evidence_files": chosen()})).instruction.evidence


def test_an_upload_lives_longer_than_any_form_that_names_it(mia):
    first = uploaded(mia)
    with guards_aside():
        Upload.objects.update(at=clock.now() - timedelta(hours=13))
    assert uploaded(mia) == first
    assert Upload.objects.count() == 2

    uploaded(mia)

    assert Upload.objects.count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_roles_of_postgresql_do_this_and_no_more(house_roles, mia):
    """The web uploads and keeps, housekeeping forgets without having read a byte."""
    with as_role(WEB):
        operation = rows.awaiting(mia, evidence=(uploaded(mia),))
        assert keeping.read(operation.instruction.evidence[0].sha256) == pdf()
    _a_day_goes_by()

    with as_role(WORKER):
        assert keeping.forget() == 1
        with pytest.raises(ProgrammingError, match="permission denied"):
            keeping.read(operation.instruction.evidence[0].sha256)


# At once


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_submit_with_the_same_file_at_once_the_second_looks_again(mia, nils):
    """Both uploaded it, and to both it was new; it is kept once, and whoever comes second sees the other first."""
    together = Barrier(2)

    def submit(by, login):
        try:
            evidence = (uploaded(by),)
            checks = attaching.used_before(evidence, apart_from=None)
            together.wait(10)
            asked = replace(Deposit(login=login, comment=f"DEP-{login}", **PLAIN), evidence=evidence)
            told = {"snapshot": rows.ACCOUNT, "reason": rows.WHY, "checks": checks, "by": by, "pk": uuid7()}
            return submission.submit(asked, again=lambda: attaching.used_before(evidence, apart_from=None), **told)
        except desk.Stale as stale:
            return stale
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        made = [future.result() for future in [threads.submit(submit, mia, 1), threads.submit(submit, nils, 2)]]

    (first,) = Operation.objects.all()
    assert sorted(type(one).__name__ for one in made) == ["Operation", "Stale"]
    assert [row.operation_id for row in Attachment.objects.all()] == [first.pk]
    assert (File.objects.count(), Upload.objects.count()) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_the_same_new_bytes_kept_twice_at_once_are_kept_once(mia, nils):
    """Whoever submits without a page makes no checks, and must not fall over the other either."""
    together = Barrier(2)

    def submit(by, login):
        try:
            evidence = (uploaded(by),)
            together.wait(10)
            return rows.awaiting(by, login=login, evidence=evidence)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        made = [future.result() for future in [threads.submit(submit, mia, 1), threads.submit(submit, nils, 2)]]

    assert File.objects.count() == 1
    assert {row.operation_id for row in Attachment.objects.all()} == {one.pk for one in made}


def test_words_of_a_measure():
    plain = {"name": "a.pdf", "sha256": "0" * 64, "type": "application/pdf"}

    assert [Attached(size=size, **plain).measure for size in (1, 999, 12_345, 5_242_880)] == [
        "1 bytes",
        "999 bytes",
        "12.3 kB",
        "5.2 MB",
    ]


def test_the_desk_keeps_nothing_of_what_is_blocked(mia):
    with pytest.raises(desk.Refusal):
        submission.submit(
            rows.awaiting(mia).instruction,
            pk=uuid7(),
            snapshot=rows.ACCOUNT,
            checks=[Check("block", "No.")],
            reason=Reason("BANK_WIRE"),
            by=mia,
        )
    assert not File.objects.exists()
