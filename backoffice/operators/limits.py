"""How often somebody may be wrong: allauth counts it in the shared cache, and here each lock-out comes into the trail."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from allauth.core import context
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from redis.exceptions import RedisError

from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import register

LOCKED = register("operator.locked_out", "Locked out after failed tries", "bad")
UNLOCKED = register("operator.unlocked", "Lock-out lifted", "warn")
APP, ACTION = "allauth.account", "login_failed"
SECONDS = 300
# The cache that counts is away: then nobody can sign in, and whoever is signed in works on.
AWAY = (RedisError,)
View = Callable[..., HttpResponse]


class TooMany(Exception):
    """They were wrong too often; the words are for them."""


def of_password(username: str) -> str:
    return f"sign-in:{username.lower()}"


def of_factor(operator: Any) -> str:
    return f"second-factor:{operator.pk}"


@contextmanager
def counted(key: str, *, who: str) -> Iterator[None]:
    """A try, counted before it is looked at; where it was right, what was wrong before counts no more. Raises TooMany."""
    usage = ratelimit.consume(context.request, app=APP, action=ACTION, key=key)
    if not usage:
        note(key, who=who)
        raise TooMany(f"Too many tries. Wait {SECONDS // 60} minutes, or ask an administrator.")
    yield
    usage.rollback()
    forget(key)


def note(key: str, *, who: str) -> None:
    """Once for each lock-out, or whoever tries on would fill the trail."""
    if cache.add(f"locked:{key}", "1", timeout=SECONDS):
        with unit() as work:
            work.note(LOCKED, on=("operator", who))


def forget(key: str) -> None:
    for rate in ratelimit.get_rates(app=APP, action=ACTION):
        if rate.per == "key":
            cache.delete(ratelimit.get_cache_key(None, app=APP, action=ACTION, rate=rate, key=key, user=None))
    cache.delete(f"locked:{key}")


def unlock(operator: Any, *, reason: str) -> None:
    for key in (of_password(operator.username), of_factor(operator)):
        forget(key)
    with unit() as work:
        work.note(UNLOCKED, on=("operator", operator.operator_id), reason=reason)


def fails_closed(view: View) -> View:
    """A view of signing in: without the cache it says so, and lets nobody in."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except AWAY:
            return away(request)

    return answered


def away(request: HttpRequest) -> HttpResponse:
    response = render(request, "sign_in/away.html", status=503)
    response["Retry-After"] = "10"
    return response
