"""Takes secrets out of what is about to be logged: by the name they go by, by how they look, and by what this process holds."""

import re
from collections.abc import Mapping, MutableMapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from backoffice.safety import checks

HIDDEN = "[hidden]"
NAMES = re.compile(
    r"pass(word|wd|phrase)?$|^pass|secret|token|credential|authori[sz]ation|cookie|csrf|session|api_?key|private|^key$|_key$|seed|otp",
    re.IGNORECASE,
)
# Each begins where a word begins, so that a long word is looked at once and not from each of its letters.
NAMED = r"(?<![\w-])[\w-]*(?:password|passwd|passphrase|secret|token|sessionid|session|api[_-]?key|otp|seed|csrf\w*)|__Host-\w+"
PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE), told)
    for pattern, told in (
        (r"(?s:-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z))", HIDDEN),
        (r"\b(bearer|basic|token)\s+[\w.~+/=-]{6,}", rf"\1 {HIDDEN}"),
        (r"((set-)?cookie\s*[:=]\s*)[^\r\n]+", rf"\1{HIDDEN}"),
        (r"((?:authorization|x-api-key)['\"]?\s*[:=]\s*['\"]?)[^\s'\",]+(\s+[^\s'\",]+)?", rf"\1{HIDDEN}"),
        (rf"((?:{NAMED})['\"]?\s*[:=]\s*)('[^']*'|\"[^\"]*\"|[^\s,;&}}\]]+)", rf"\1{HIDDEN}"),
        (r"((?<![\w+.-])[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{0,200}:)[^\s/@]+@", rf"\1{HIDDEN}@"),
    )
)
LONG = re.compile(r"[A-Za-z0-9+/_-]{40,}={0,2}")
NO_SECRET = re.compile(r"[0-9a-f-]+|[0-9A-F-]+")
SHORTEST = 8
# What is longer than this is no log line, and is cut before anybody looks through it.
LONGEST = 64 * 1024


def redacted(value: Any, *, name: str = "") -> Any:
    """The same without secrets, to whatever depth; `name` is what it goes by."""
    if name and NAMES.search(name):
        return HIDDEN
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bytes):
        return _text(value.decode("utf-8", "replace"))
    if isinstance(value, Mapping):
        return {key: redacted(each, name=str(key)) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted(each) for each in value]
    return value if isinstance(value, int | float | bool | None) else _text(str(value))


def event(_logger: Any, _method: str, told: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """As a step of structlog's, the last before a line is written."""
    return {name: redacted(value, name=name) for name, value in told.items()}


def _text(text: str) -> str:
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"
    for secret in held():
        text = text.replace(secret, HIDDEN)
    for pattern, told in PATTERNS:
        text = pattern.sub(told, text)
    return LONG.sub(_unless_it_is_none, text)


def _unless_it_is_none(found: re.Match[str]) -> str:
    """A hash and an id are no secrets, nor is a path; what mixes both cases and digits for so long is one."""
    text = found[0]
    is_mixed = any(c.isupper() for c in text) and any(c.islower() for c in text) and any(c.isdigit() for c in text)
    is_path = text.count("/") > len(text) / 16
    return HIDDEN if is_mixed and not is_path and not NO_SECRET.fullmatch(text) else text


@cache
def held() -> tuple[str, ...]:
    """The secrets that this process holds itself, the longest first; the demo's are published, and short ones are words."""
    texts = [*checks.own_secrets().values(), *checks.manager_keys().values(), settings.CHECKPOINT_KEY.reveal()]
    texts += [password.reveal() for password in settings.DATABASE_PASSWORDS.values()]
    texts += [settings.EMAIL_HOST_PASSWORD]
    texts += [str(told.get("PASSWORD") or "") for told in settings.DATABASES.values()]
    texts += [urlsplit(url).password or "" for url in (settings.CACHE_URL, settings.CELERY_BROKER_URL)]
    return tuple(sorted({text for text in texts if len(text) >= SHORTEST}, key=len, reverse=True))
