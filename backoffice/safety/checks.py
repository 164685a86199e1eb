"""What no house may be run with: each a check of Django's, asked by `check --deploy` and at the start of web and workers."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from backoffice.safety import files
from backoffice.safety.secret import Secret

Found = Iterator[tuple[str, str]]
# What a stranger tries first: what is published with this house, with Django, or in a thousand examples.
PUBLISHED = ("demo-", "django-insecure", "changeme", "change-me", "secret", "password", "example")
FEWEST_CHARACTERS = 12
NOT_SHARED = ("locmem.", "dummy.")
GATES = (
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "backoffice.safety.front.Middleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "backoffice.access.Middleware",
)


def insist() -> None:
    """Raises ImproperlyConfigured with all that is wrong; whoever starts a process reads all of it at once."""
    if found := wrong():
        raise ImproperlyConfigured(" ".join(message.msg for message in found))


@checks.register(checks.Tags.security, deploy=True)
def of_the_settings(app_configs: Any = None, **_: Any) -> list[checks.CheckMessage]:
    return wrong()


def wrong() -> list[checks.CheckMessage]:
    """Nothing in the demo: its secrets are published, and it serves and asks loopback alone."""
    if settings.DEMO:
        return []
    return [checks.Error(words, id=f"safety.{name}") for look in LOOKS for name, words in look()]


def _secrets() -> Found:
    for name, text in own_secrets().items():
        if text.lower().startswith(PUBLISHED) or len(set(text)) < FEWEST_CHARACTERS:
            yield "secret", f"{name} can be guessed; make one with `openssl rand -base64 48`."
    texts = [*own_secrets().values(), *(key for key in manager_keys().values() if key)]
    if len(set(texts)) != len(texts):
        yield "shared", "Two secrets are the same: SECRET_KEY, AUDIT_KEY and each Manager key are one of a kind."


def _debug() -> Found:
    if settings.DEBUG:  # noqa: TID251  # that it is off is what is asked
        yield "debug", "DEBUG is on: it shows settings and code to whoever makes a page fail."


def _hosts() -> Found:
    if not settings.ALLOWED_HOSTS or any(not host.strip("*. ") for host in settings.ALLOWED_HOSTS):
        yield "hosts", "ALLOWED_HOSTS names no host, or every host."


def _manager() -> Found:
    if urlsplit(settings.MANAGER_URL).scheme != "https":
        yield "manager", "MANAGER_URL is not https: keys and passwords of clients would be read on the way."


def _cache() -> Found:
    if any(part in settings.CACHES["default"]["BACKEND"] for part in NOT_SHARED):
        yield (
            "cache",
            "The cache is each process's own: the rate limits of sign-in would be counted in each of them anew.",
        )


def _keys() -> Found:
    own = settings.PROCESS
    if own in manager_keys() and not manager_keys()[own]:
        yield "key", f"MANAGER_KEY_{own.upper()} (or its _FILE) is missing, without which {own} can do nothing."


def _cookies() -> Found:
    for name in ("SESSION", "CSRF"):
        cookie = {part: getattr(settings, f"{name}_COOKIE_{part}") for part in ("SECURE", "NAME", "PATH", "DOMAIN")}
        is_bound = cookie["NAME"].startswith("__Host-") and cookie["PATH"] == "/" and not cookie["DOMAIN"]
        if not (cookie["SECURE"] and is_bound):
            yield "cookie", f"The {name.lower()} cookie is not Secure, or not bound to this host by `__Host-`."
    if not settings.SESSION_COOKIE_HTTPONLY or settings.SESSION_COOKIE_SAMESITE not in ("Lax", "Strict"):
        yield "cookie", "The session's cookie is shown to scripts, or sent along by other sites."


def _transport() -> Found:
    if not settings.SECURE_SSL_REDIRECT or settings.SECURE_HSTS_SECONDS < 31_536_000:
        yield "https", "Pages are served without https, or browsers are not told to insist on it for a year."


def _gates() -> Found:
    if missing := [name for name in GATES if name not in settings.MIDDLEWARE]:
        yield "gate", f"MIDDLEWARE lacks {', '.join(missing)}."
    told = [source for sources in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].values() for source in sources]
    if any(source.startswith("'unsafe") or source == "*" for source in told):
        yield "csp", "The content security policy lets pages run what is not ours."


def _files() -> Found:
    for name, path in settings.SECRET_FILES.items():
        if why := files.why_not(Path(path)):
            yield "file", f"{name}_FILE ({path}) {why}."


LOOKS: Sequence[Callable[[], Found]] = (
    *(_secrets, _debug, _hosts, _manager, _cache, _keys, _cookies, _transport, _gates, _files),
)


def own_secrets() -> dict[str, str]:
    """The secrets that this house makes for itself."""
    found = {name: _text(getattr(settings, name)) for name in ("SECRET_KEY", "AUDIT_KEY")}
    lists = {name: getattr(settings, name, ()) for name in ("SEAL_KEYS", "CLIENT_KEYS")}
    return found | {f"{name}[{n}]": _text(key) for name, keys in lists.items() for n, key in enumerate(keys)}


def manager_keys() -> dict[str, str]:
    return {name: _text(key) for name, key in settings.MANAGER_KEYS.items()}


def _text(secret: Secret | str) -> str:
    return secret.reveal() if isinstance(secret, Secret) else secret
