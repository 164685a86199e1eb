"""How mail stands, for whoever sees to it; nothing here writes."""

from datetime import datetime, timedelta

from backoffice.mail.models import Letter, Post
from backoffice.operators.models import Operator
from backoffice.ui import text

SILENT = timedelta(minutes=15)


def amiss(now: datetime) -> list[str]:
    """What is wrong with it, in words, the worst first; nothing where letters go out."""
    post = Post.objects.filter(number=1).first()
    told = [_of_post(post, now), _of_letters(now), _of_addresses()]
    return [words for words in told if words]


def last_sent() -> datetime | None:
    return Letter.objects.exclude(sent_at=None).order_by("-made_at").values_list("sent_at", flat=True).first()  # type: ignore[no-any-return]  # managers are untyped here


def _of_post(post: Post | None, now: datetime) -> str:
    if post is None or post.looked_at < now - SILENT:
        return "Nobody sends mail: housekeeping does not run."
    if not post.is_on:
        return "No mail is sent: EMAIL_URL is not set."
    if post.failing_since:
        return f"The mail server cannot be reached since {text.server(post.failing_since, now)}: {post.failure}"
    return ""


def _of_letters(now: datetime) -> str:
    lost = Letter.objects.filter(given_up_at__gt=now - timedelta(days=1)).count()
    return f"Given up in the last 24 hours: {lost} {'letter' if lost == 1 else 'letters'}." if lost else ""


def _of_addresses() -> str:
    names = Operator.objects.filter(is_active=True, email="", grants__isnull=False).distinct().order_by("name")
    listed = list(names.values_list("name", flat=True)[:6])
    if not listed:
        return ""
    more = " and others" if len(listed) > 5 else ""
    return f"Without an address: {', '.join(listed[:5])}{more}."
