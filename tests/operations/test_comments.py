"""The thread of an operation: written once, by those who have a part in it, read by all who see it, and no decision."""

import pytest

from backoffice.audit.models import Entry
from backoffice.operations import comments, desk
from backoffice.operations.models import Comment, Decision
from backoffice.operations.states import State
from backoffice.operators.models import Operator
from tests import play
from tests.operations import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def operation(mia):
    return rows.awaiting(mia)


def address(operation):
    return f"/operations/{operation.pk}/comments/"


def form_of(client, operation, text="Which bank did it come from?"):
    page = play.page(client.get(f"/operations/{operation.pk}/"))
    return play.Fields(page).forms[address(operation)] | {"text": text}


def test_a_comment_stands_in_the_thread_and_in_the_trail(carl, mia, operation, sandbox, signed_in):
    client = signed_in(carl)

    answer = client.post(address(operation), form_of(client, operation))

    assert answer.headers["Location"] == f"/operations/{operation.pk}/#thread"
    said = Comment.objects.get()
    assert (said.by, said.person, said.text) == (carl, carl.person_id, "Which bank did it come from?")
    noted = Entry.objects.get(action="operation.comment")
    assert (noted.operator_id, noted.reason, noted.object_id) == (carl.operator_id, said.text, str(operation.pk))
    assert said.text in play.page(signed_in(mia).get(f"/operations/{operation.pk}/"))


def test_a_comment_decides_nothing_and_the_form_says_so(carl, operation, sandbox, signed_in):
    client = signed_in(carl)

    client.post(address(operation), form_of(client, operation, "Approved."))

    page = play.page(client.get(f"/operations/{operation.pk}/"))
    assert "it decides nothing" in page
    assert "Not a decision, and not sent to MT5" in page
    assert not Decision.objects.exists()
    assert rows.fresh(operation).state == State.AWAITING_APPROVAL
    assert "Approved." not in rows.fresh(operation).payload


def test_a_second_click_writes_nothing_twice(carl, operation, sandbox, signed_in):
    client = signed_in(carl)
    form = form_of(client, operation)

    assert [client.post(address(operation), form).status_code for _ in range(2)] == [302, 302]

    assert Comment.objects.count() == 1
    assert Entry.objects.filter(action="operation.comment").count() == 1


@pytest.mark.parametrize(
    "text",
    ["", "   ", "pay \u202e0052", "zero\u200bwidth", "bell\x07", "line\u2028break", "\ud800", "\ue000", "x" * 1001],
    ids=["nothing", "blanks", "bidi", "zero width", "control", "separator", "surrogate", "private", "too long"],
)
def test_hostile_or_endless_text_is_refused_at_the_form(text, carl, operation, sandbox, signed_in):
    client = signed_in(carl)
    form = form_of(client, operation) | {"text": text.encode("utf-8", "replace").decode() if text == "\ud800" else text}

    expected = 302 if form["text"] == "?" else 422
    assert client.post(address(operation), form).status_code == expected


def test_markup_is_text(carl, operation, sandbox, signed_in):
    client = signed_in(carl)

    client.post(address(operation), form_of(client, operation, "<script>alert(1)</script>\nand more"))

    page = play.page(client.get(f"/operations/{operation.pk}/"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>and more" in page


def test_who_has_no_part_in_it_writes_nothing(vera, ada, operation, sandbox, signed_in):
    for who in (vera, ada):
        assert signed_in(who).post(address(operation), {"text": "Hello."}).status_code == 403

    assert "Comments are written by those" in play.page(signed_in(vera).get(f"/operations/{operation.pk}/"))
    assert not Comment.objects.exists()


def test_who_does_not_see_it_does_not_write_on_it(operation, db, signed_in):
    """A maker of another lane, by the page and past it."""
    other = Operator.objects.enrol(
        username="al", name="Al", operator_id="op-al", roles=["accounts operator"], password="x" * 16
    )

    assert signed_in(other).post(address(operation), {"text": "Hello."}).status_code == 404
    with pytest.raises(desk.Refusal):
        comments.write(operation.pk, key=rows.uuid7(), by=other, text="Hello.")
    assert not Comment.objects.exists()


def test_a_comment_is_written_on_its_own_page(carl, chen, mia, operation, sandbox, signed_in):
    """The id that makes a second click harmless is signed: another's, another page's or none writes nothing."""
    elsewhere, at_carl, at_chen = rows.awaiting(mia, login=128002), signed_in(carl), signed_in(chen)
    forms = {
        "another's": form_of(at_chen, operation),
        "another page's": form_of(at_carl, elsewhere),
        "none": {"text": "Hello."},
        "made up": {"text": "Hello.", "key": str(rows.uuid7())},
    }

    for words, form in forms.items():
        answer = at_carl.post(address(operation), form)
        assert answer.status_code == 422, words
        assert form["text"] in play.page(answer), words

    assert not Comment.objects.exists()


def test_what_was_typed_goes_out_with_the_id_that_came_back(carl, operation, sandbox, signed_in):
    client = signed_in(carl)
    answer = client.post(address(operation), {"text": "Hello."})

    again = play.Fields(play.page(answer)).forms[address(operation)] | {"text": "Hello."}

    assert client.post(address(operation), again).status_code == 302


def test_a_thread_has_an_end(carl, mia, operation, sandbox, signed_in, monkeypatch):
    monkeypatch.setattr(comments, "MOST_COMMENTS", 2)
    client = signed_in(carl)
    form = form_of(client, operation)
    for n in range(2):
        comments.write(operation.pk, key=rows.uuid7(), by=mia, text=f"Line {n}")

    answer = client.post(address(operation), form)

    assert answer.status_code == 409
    assert "comments already" in play.page(answer)
    assert Comment.objects.count() == 2


def test_no_other_method_writes(carl, operation, signed_in):
    for method in ("get", "put", "delete"):
        assert getattr(signed_in(carl), method)(address(operation)).status_code == 405
