"""Handing letters to the mail server: at least once, within bounds, and never in anything's way.

A letter is marked as sent after the server has taken it. Whoever is killed in between has it sent again once its time is
up, under the same Message-ID: a reminder that comes twice does no harm, one that never comes may.
"""

import logging
import smtplib
import time
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import mail

from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import register
from backoffice.mail.models import Letter, Post
from backoffice.operators.models import Operator

SENT = register("mail.sent", "Mail sent", "ok")
GIVEN_UP = register("mail.given_up", "Mail given up", "bad")
MOST, MOST_TRIES, SECONDS = 50, 6, 30.0
# A reminder that is older tells of another day.
KEPT = timedelta(hours=12)
# Longer than the server may take over a letter; doubled with each try.
AGAIN = timedelta(minutes=2)
FAILURES = (smtplib.SMTPException, OSError, ValueError)
logger = logging.getLogger(__name__)


def send() -> int:
    """Sends what is due; returns how many. A server that cannot be reached ends the turn, and the next one tries again."""
    now = clock.now()
    if not settings.SENDS_MAIL:
        _stands(now, is_on=False)
        return 0
    _give_up_on_old(now)
    if not _due(now).exists():
        _stands(now)
        return 0
    try:
        connection = mail.get_connection()
        connection.open()
    except FAILURES as failure:
        _stands(now, failure=_said(failure))
        return 0
    try:
        sent = _send_all(connection)
        _stands(clock.now())
        return sent
    finally:
        connection.close()


def _send_all(connection: Any) -> int:
    sent, until = 0, time.monotonic() + SECONDS
    while sent < MOST and time.monotonic() < until and (letter := _take()):
        try:
            connection.send_messages([_message(letter)])
        except FAILURES as failure:
            _failed(letter, failure)
            if _is_gone(failure):
                break
        else:
            _end(letter, SENT, sent_at=clock.now(), failure="")
            sent += 1
    return sent


def _due(now: datetime) -> Any:
    return Letter.objects.filter(sent_at=None, given_up_at=None, next_at__lte=now).order_by("next_at", "pk")


def _take() -> Letter | None:
    """The next letter, nobody else's to send until its next try is due."""
    with unit() as work:
        letter: Letter | None = _due(work.now).select_for_update(skip_locked=True, of=("self",)).first()
        if letter:
            letter.next_at = work.now + AGAIN * 2**letter.tries
            letter.tries += 1
            letter.save(update_fields=["tries", "next_at"])
    return letter


def _message(letter: Letter) -> mail.EmailMessage:
    """Raises ValueError where an address or a subject would be more than one header."""
    host = settings.EMAIL_FROM.rpartition("@")[2].rstrip(">")
    headers = {"Message-ID": f"<{letter.pk}@{host}>", "Auto-Submitted": "auto-generated"}
    address = letter.address or Operator.objects.values_list("email", flat=True).get(pk=letter.to_id)
    if not address:
        raise ValueError("There is no address any more.")
    return mail.EmailMessage(letter.subject, letter.text, settings.EMAIL_FROM, [address], headers=headers)


def _failed(letter: Letter, failure: Exception) -> None:
    if letter.tries >= MOST_TRIES:
        _end(letter, GIVEN_UP, given_up_at=clock.now(), failure=_said(failure))
    else:
        with unit():
            letter.failure = _said(failure)
            letter.save(update_fields=["failure"])


def _is_gone(failure: Exception) -> bool:
    """Whether it is the server that is the matter, and not this letter; smtplib's own failures are OSErrors too."""
    return isinstance(failure, smtplib.SMTPServerDisconnected) or (
        isinstance(failure, OSError) and not isinstance(failure, smtplib.SMTPException)
    )


def _give_up_on_old(now: datetime) -> None:
    old = Letter.objects.filter(sent_at=None, given_up_at=None, made_at__lt=now - KEPT)
    for letter in old.order_by("pk")[:MOST]:
        _end(letter, GIVEN_UP, given_up_at=now, failure=letter.failure or "The mail server could not be reached.")


def _end(letter: Letter, action: str, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(letter, name, value)
    with unit() as work:
        letter.save(update_fields=list(changes))
        to = Operator.objects.values_list("operator_id", flat=True).get(pk=letter.to_id)
        detail = {"to": to, "subject": letter.subject, "tries": str(letter.tries)}
        work.note(action, on=("letter", letter.pk), reason=letter.failure, detail=detail)


def _stands(now: datetime, *, is_on: bool = True, failure: str = "") -> None:
    """For the page of whoever is not given the server's address: how mail stands."""
    before = Post.objects.filter(number=1).first()
    since = (before.failing_since if before and before.failing_since else now) if failure else None
    if failure:
        logger.warning("No mail is sent since %s: %s", since, failure)
    with unit():
        fresh = {"is_on": is_on, "looked_at": now, "failure": failure, "failing_since": since}
        Post.objects.update_or_create(number=1, defaults=fresh)


def _said(failure: Exception) -> str:
    """What the server says of itself, and never to whom: a refusal names addresses."""
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        return "The mail server does not take this address."
    code = getattr(failure, "smtp_code", "")
    return f"{type(failure).__name__} {code}".strip()
