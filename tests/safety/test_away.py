"""A database that is away, or goes away in the middle: people are told so, nothing is half done, and nothing is done twice."""

from functools import partial

import psycopg
import pytest
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError, connection
from django.test import RequestFactory

from backoffice.operations.models import Operation
from backoffice.operations.sealing import sealed
from backoffice.operations.showing import shown
from backoffice.ui import errors
from tests import play
from tests.operations import rows

WORDS = "The database cannot be reached"
PAGES = ("/", "/changes/", "/people/", "/connections/", "/nothing-here/", "/policy/proposal/")


class Cut:
    """From the statement of this number on there is no connection: on PostgreSQL its server ends it."""

    def __init__(self, after):
        self.after, self.asked = after, 0

    def __call__(self, execute, sql, params, many, context):
        self.asked += 1
        if self.asked > self.after:
            if connection.vendor == "sqlite":
                raise OperationalError("disk I/O error")
            if self.asked == self.after + 1:
                _end_it()
        return execute(sql, params, many, context)


def _end_it():
    told = connection.settings_dict
    where = {"host": told["HOST"], "port": told["PORT"], "dbname": told["NAME"], "user": told["USER"]}
    with psycopg.connect(**where, password=told["PASSWORD"] or None, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])


def cut(client, after, ask):
    """The answer to what is asked, whose connection is cut after so many statements, and whether it was."""
    made, client.raise_request_exception = Cut(after), False
    with connection.execute_wrapper(made):
        answer = ask()
    # As Django does between two requests.
    connection.close()
    return answer, made.asked > after


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", PAGES)
def test_a_page_says_so_wherever_the_connection_is_cut(address, ada, signed_in):
    client, whole = signed_in(ada), None
    for after in range(200):
        answer, was_cut = cut(client, after, lambda: client.get(address))
        if not was_cut:
            whole = answer
            break
        # What was known by then may be the answer all the same: that there is no such page.
        assert answer.status_code == 503 or answer.status_code == 404 == client.get(address).status_code, after
        if answer.status_code == 503:
            assert WORDS in play.page(answer)
            assert "Nothing was changed" in play.page(answer)
            assert (answer["Retry-After"], answer["Cache-Control"]) == ("5", "no-store")
            assert "default-src 'none'" in answer["Content-Security-Policy"]

    assert whole is not None
    assert whole.status_code == (404 if address == "/nothing-here/" else 200)


@pytest.mark.django_db(transaction=True)
def test_a_page_that_is_not_theirs_is_403_or_says_that_the_database_is_away(mia, signed_in):
    client, seen = signed_in(mia), set()
    for after in range(100):
        answer, was_cut = cut(client, after, lambda: client.get("/people/"))
        seen.add(answer.status_code)
        if not was_cut:
            break

    assert seen == {403, 503}


def typed(operation, by):
    """What the page's form sends."""
    sight = sealed(shown(operation, by=by, page="operation"), operation, by=by)
    return {"seen": operation.seen, "sight": sight, "reason_code": "WITHIN_POLICY"}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_approval_that_is_cut_anywhere_is_there_as_a_whole_or_not_and_is_sent_again(mia, carl, funded, signed_in):
    client = signed_in(carl)
    for after in range(0, 400, 3):
        operation = rows.awaiting(mia, login=128001 + after)
        sent = partial(client.post, f"/operations/{operation.pk}/approval/", typed(operation, carl))
        answer, was_cut = cut(client, after, sent)
        operation.refresh_from_db()
        assert (operation.state == "queued") == operation.decisions.exists()
        if not was_cut:
            break
        assert answer.status_code == 503 or operation.decisions.exists(), after
        if answer.status_code == 503:
            assert "sent was taken as a whole, or not at all" in play.page(answer)
        assert sent().status_code in (302, 409)
        assert Operation.objects.get(pk=operation.pk).decisions.count() == 1

    assert not was_cut
    assert answer.status_code == 302


class GivenUp(Exception):
    sqlstate = "25P03"


def raised(failure, cause=None):
    try:
        raise failure from cause
    except (DatabaseError, InterfaceError, RuntimeError, KeyError):
        return errors.failed(RequestFactory().post("/somewhere/"))


@pytest.mark.parametrize(
    ("failure", "cause", "status"),
    [
        (OperationalError("server closed the connection"), None, 503), (InterfaceError("the connection is closed"), None, 503),
        (InternalError("idle-in-transaction timeout"), GivenUp(), 503), (InternalError("another one"), None, 500),
        (RuntimeError("while it was handled"), OperationalError(), 503), (RuntimeError("ours"), None, 500),
        (KeyError("ours"), ValueError(), 500),
    ],
)  # fmt: skip
def test_what_is_a_database_away_and_what_is_a_fault_of_ours(failure, cause, status):
    """It reads no database: pytest refuses every one to this test."""
    answer = raised(failure, cause)

    assert answer.status_code == status
    assert (WORDS in play.page(answer)) == (status == 503)
