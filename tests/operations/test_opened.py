"""What is opened for people to read: the words that stand where words are sealed, and nothing that somebody brought along."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.audit import clients
from backoffice.audit.unit import unit
from backoffice.files.unfit import Unfit
from backoffice.operations import desk
from backoffice.operations.forms import LONGEST_SIGHT
from backoffice.operations.models import LONGEST_COMMENT, Operation
from backoffice.operations.reasons import Reason
from backoffice.operations.sealing import sealed
from backoffice.operations.showing import shown
from backoffice.operations.shown import Said
from backoffice.operations.sight_guards import MOST_COMMENTS
from backoffice.safety.front import MIB
from tests import play
from tests.files import uploaded
from tests.operations import rows

pytestmark = pytest.mark.django_db
LOGIN, OTHER = 128001, 128002
SECRET, WORDS = "Olga B.", "Her aunt has paid for her before"


@pytest.fixture
def stolen():
    """What stands in a copy of the database, of another client."""
    with unit():
        return clients.seal(SECRET, login=OTHER)


def forget():
    """As in a process that has just begun."""
    clients.forget(list(clients._known))


# What is not opened


def test_a_device_that_calls_itself_sealed_text_is_not_opened(at_mia, at_carl, sandbox, stolen):
    at_mia.defaults["HTTP_USER_AGENT"] = stolen
    operation = play.deposited(at_mia, LOGIN, "250.00")
    assert operation.device == stolen
    play.decide(at_carl, operation, "rejection")

    vote = operation.decisions.get()
    for path in (f"/operations/{operation.pk}/", f"/operations/{operation.pk}/decisions/{vote.pk}/"):
        assert SECRET not in play.page(at_carl.get(path))


def test_no_file_is_called_like_sealed_text(mia, stolen):
    with pytest.raises(Unfit, match="sealed1:"):
        uploaded(mia, name=f"{stolen}.pdf")


def test_the_trail_opens_only_what_people_wrote_about_a_client(signed_in, mia, vera, stolen):
    at_vera = signed_in(vera)
    at_vera.get(f"/audit/?request_id={stolen}")
    with unit() as work:
        work.note("operation.refused", login=LOGIN, reason=stolen, detail={"answer": stolen, "payload": stolen})
        work.note("operation.refused", by=mia, reason=stolen, detail={"name": stolen})
        work.note("operation.refused", by=mia, login=LOGIN, detail={"answer": stolen})

    page = play.page(at_vera.get("/audit/"))

    assert stolen in page
    assert SECRET not in page


# What is


def test_the_maker_s_words_on_a_repetition_are_sealed_and_shown(at_mia, at_carl, sandbox):
    play.deposited(at_mia, LOGIN, "250.00")
    operation = play.deposited(at_mia, LOGIN, "250.00", because=WORDS)
    play.decide(at_carl, operation, "rejection")

    row = Operation.objects.values().get(pk=operation.pk)
    assert not [name for name, value in row.items() if WORDS in str(value)]
    vote = operation.decisions.get()
    assert WORDS not in vote.sight.text
    for path in (f"/operations/{operation.pk}/", f"/operations/{operation.pk}/decisions/{vote.pk}/"):
        page = play.page(at_carl.get(path))
        assert f"Maker: {WORDS}" in page
        assert "sealed1:" not in page


def test_the_longest_thread_fits_the_form_in_which_it_travels(mia, carl):
    operation, letters = rows.awaiting(mia), "".join(map(chr, range(0x1F300, 0x1F300 + 250))) * 4
    with unit():
        thread = [
            Said(id=str(n), by=carl.name, at=operation.made_at, text=clients.seal(letters, login=operation.login))
            for n in range(MOST_COMMENTS)
        ]

    seen = replace(shown(operation, by=carl), thread=thread)

    assert len(letters) == LONGEST_COMMENT
    assert len(sealed(seen, operation, by=carl)) < LONGEST_SIGHT < MIB / 1.5


# What it costs


def said_of(mia, carl, logins):
    for login in logins:
        operation = rows.awaiting(mia, login=login)
        desk.reject(operation.pk, by=carl, seen=operation.seen, reason=Reason("WRONG_AMOUNT"))


@pytest.mark.parametrize("path", ["/operations/", "/audit/"])
def test_a_list_asks_once_for_the_keys_of_all_whom_it_names(at_carl, signed_in, vera, mia, carl, path):
    said_of(mia, carl, range(128001, 128013))
    client = signed_in(vera) if path == "/audit/" else at_carl
    forget()

    with CaptureQueriesContext(connection) as asked:
        assert "sealed1:" not in play.page(client.get(path))

    assert len([each for each in asked if 'FROM "audit_clientkey"' in each["sql"]]) == 1
