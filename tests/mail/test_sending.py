"""Letters reach a mail server at least once, within bounds; whatever is the matter with it stops nothing else."""

from datetime import timedelta

import pytest
from django.core import mail
from uuid_utils.compat import uuid7

from backoffice.audit import clock
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.mail import queries, sending, telling
from backoffice.mail.models import Letter, Notice, Post
from backoffice.mail.tasks import send as send_task
from backoffice.mail.telling import Item, News
from backoffice.operators.models import Operator
from tests.emptying import guards_aside
from tests.mail import smtp

pytestmark = pytest.mark.django_db
SUBJECT = "Countersign: {} for you"


@pytest.fixture
def server(settings):
    with smtp.server() as made:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", made.port, 5
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD, settings.EMAIL_USE_TLS = "", "", False
        yield made


def written(*people, key="operation:1", text="DEP-1 Deposit: came in 09:12, due 10:12"):
    item = Item(key=key, level="remind", heading="Waiting for you", text=text, path="/approvals/")
    news = News([item])
    for who in people:
        news.add(who, item)
    return news.tell(SUBJECT)


def later():
    """As if the time of every letter that still waits had come."""
    Letter.objects.filter(sent_at=None, given_up_at=None).update(next_at=clock.now())


def test_a_letter_is_sent_once_and_the_trail_says_so(server, carl):
    written(carl)

    assert [sending.send(), sending.send()] == [1, 0]

    (taken,) = server.taken
    assert (taken["To"], taken["Subject"]) == ("carl@countersign.example", "Countersign: 1 for you")
    assert taken["Auto-Submitted"] == "auto-generated"
    assert "http://localhost:8000/approvals/" in taken.get_payload()
    assert "nothing is decided by mail" in " ".join(taken.get_payload().split())
    letter = Letter.objects.get()
    assert (letter.tries, letter.sent_at is not None) == (1, True)
    assert Entry.objects.filter(action="mail.sent", object_id=str(letter.pk)).count() == 1
    assert queries.amiss(clock.now()) == []


def test_a_server_that_is_away_loses_nothing_and_is_said_on_the_page(server, carl, settings):
    written(carl)
    settings.EMAIL_PORT = 1
    assert sending.send() == 0
    letter = Letter.objects.get()
    assert (letter.tries, letter.sent_at) == (0, None)
    assert "cannot be reached since" in queries.amiss(clock.now())[0]

    settings.EMAIL_PORT = server.port
    assert sending.send() == 1
    assert queries.amiss(clock.now()) == []


def test_an_address_that_is_refused_keeps_no_other_letter_back(server, carl, chen):
    server.refused.add("carl@")
    written(carl, chen)

    assert sending.send() == 1

    assert [message["To"] for message in server.taken] == ["chen@countersign.example"]
    refused = Letter.objects.get(to=carl)
    assert (refused.tries, refused.failure) == (1, "The mail server does not take this address.")
    assert refused.next_at > clock.now() + timedelta(minutes=1)


def test_what_is_refused_again_and_again_is_given_up(server, carl):
    server.refused.add("carl@")
    written(carl)

    for _ in range(sending.MOST_TRIES + 3):
        sending.send()
        later()

    letter = Letter.objects.get()
    assert (letter.tries, letter.given_up_at is not None) == (sending.MOST_TRIES, True)
    entry = Entry.objects.get(action="mail.given_up")
    assert entry.reason == "The mail server does not take this address."
    assert "Given up in the last 24 hours: 1 letter." in queries.amiss(clock.now())


def test_what_is_of_yesterday_is_not_sent_any_more(server, carl):
    written(carl)
    with guards_aside():
        Letter.objects.update(made_at=clock.now() - sending.KEPT - timedelta(minutes=1))

    assert sending.send() == 0

    assert server.taken == []
    assert Letter.objects.get().given_up_at


def test_killed_after_the_server_took_it_it_is_sent_again_under_the_same_id(server, carl, monkeypatch):
    """At least once: a reminder that comes twice does no harm, and a mail reader may know it by its id."""
    written(carl)

    def killed(*args, **changes):
        raise KeyboardInterrupt

    monkeypatch.setattr(sending, "_end", killed)
    with pytest.raises(KeyboardInterrupt):
        sending.send()
    monkeypatch.undo()
    assert sending.send() == 0  # nobody else's to send until its time is up
    later()
    assert sending.send() == 1

    ids = [message["Message-ID"] for message in server.taken]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert Notice.objects.count() == 1


@pytest.mark.parametrize(
    "address", ["carl@example.com\nBcc: all@example.com", "carl@example.com\r\n\r\nHello", "a\x00b@x.y"]
)
def test_an_address_that_would_be_more_than_one_header_is_sent_to_nobody(address, server, carl):
    written(carl)
    with guards_aside():
        Operator.objects.filter(pk=carl.pk).update(email=address.replace("\x00", "\n"))

    assert sending.send() == 0

    assert server.taken == []
    assert Letter.objects.get().failure


def test_a_subject_or_text_with_lines_of_its_own_makes_no_header(server, carl):
    with unit() as work:
        Letter.objects.create(
            id=uuid7(), to=carl, subject="Hello\r\nBcc: all@example.com", text="x", made_at=work.now, next_at=work.now
        )
    written(carl, text="one\r\n\r\n.\r\nMAIL FROM:<x@y.z>")

    sending.send()

    assert [message["Bcc"] for message in server.taken] == [None]
    assert len(server.taken) == 1


def test_who_is_one_human_is_told_once_whichever_sign_in(carl, chen):
    with guards_aside():
        Operator.objects.filter(pk=chen.pk).update(person=carl.person)
    chen.refresh_from_db()

    assert written(carl, chen) == 1
    assert written(chen) == 0


def test_unset_nothing_is_sent_and_the_page_says_so(carl, ada, settings, signed_in):
    written(carl)
    settings.SENDS_MAIL = False

    assert sending.send() == 0

    assert mail.outbox == []
    page = signed_in(ada).get("/").content.decode()
    assert "No mail is sent: EMAIL_URL is not set." in page
    assert "No mail is sent: EMAIL_URL is not set." in signed_in(ada).get("/coverage/").content.decode()


def test_where_housekeeping_does_not_run_the_page_says_so(ada):
    assert queries.amiss(clock.now())[0] == "Nobody sends mail: housekeeping does not run."
    Post.objects.create(number=1, is_on=True, looked_at=clock.now())
    assert queries.amiss(clock.now()) == []


def test_who_has_no_address_is_named(ada, carl):
    Post.objects.create(number=1, is_on=True, looked_at=clock.now())
    Operator.objects.filter(pk=carl.pk).update(email="")

    assert queries.amiss(clock.now()) == ["Without an address: Carl."]
    assert [who.username for who in telling.people()] == ["ada"]


def test_a_turn_is_bounded(server, carl, monkeypatch):
    monkeypatch.setattr(sending, "MOST", 3)
    for number in range(5):
        written(carl, key=f"operation:{number}")

    assert [sending.send(), sending.send()] == [3, 2]


def test_the_task_sends(server, carl):
    written(carl)

    send_task()

    assert len(server.taken) == 1


def test_in_the_demo_letters_are_files(carl, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    assert sending.send() == 0
    assert list(tmp_path.iterdir()) == []
    written(carl)

    sending.send()

    (file,) = tmp_path.iterdir()
    assert "To: carl@countersign.example" in file.read_text()
