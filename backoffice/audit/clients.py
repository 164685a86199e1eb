"""A key for each client: what people write about them is sealed with it, and to erase them is to destroy it.

A client is known by the login of a trading account. What is sealed is plain text again, `sealed1:KEY:TEXT`, and hashes are
over that, so that they hold when nobody can read it any more: AES-256-GCM, bound to environment, login and key. The keys
are sealed themselves, with CLIENT_KEYS, which the web alone holds: a worker neither writes nor opens any of it.
"""

import base64
import re
import secrets
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from backoffice.safety import sealing
from backoffice.safety.sealing import MARK

SEALED = re.compile(r"sealed1:([0-9a-f]{32}):([A-Za-z0-9_-]+)")
# What is read in the place of what nobody, or not this process, can read.
ERASED, SHUT = "Erased", "Cannot be opened"
NONCE = 12
# So long, in seconds, a process may still know a key that another one destroyed.
KNOWS_FOR = 20.0
# As many keys are asked for at once as the largest page needs, and not all that were ever passed by.
MOST_WANTED = 2_000
CLIENT_LOCK = 0x0C0C
ALONE = "SELECT pg_advisory_xact_lock(%s, login) FROM unnest(%s::int[]) AS login"

# The keys of the unit of work that is open, by login: it reads each once.
_held: ContextVar[dict[int, "Key"] | None] = ContextVar("held", default=None)
_known: dict[UUID, tuple[float, "Key | str"]] = {}
_wanted = threading.local()


@dataclass(frozen=True)
class Key:
    """A client's key in the memory of a process that may open it."""

    id: UUID
    login: int
    cipher: AESGCM
    bound: bytes

    def seal(self, text: str) -> str:
        """Empty text stays empty: that nobody wrote anything is no secret."""
        if not text:
            return ""
        nonce = secrets.token_bytes(NONCE)
        sealed = nonce + self.cipher.encrypt(nonce, text.encode(), self.bound)
        return f"{MARK}{self.id.hex}:{base64.urlsafe_b64encode(sealed).decode().rstrip('=')}"

    def opened(self, sealed: str) -> str:
        try:
            raw = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
            return self.cipher.decrypt(raw[:NONCE], raw[NONCE:], self.bound).decode()
        except (InvalidTag, ValueError):
            return SHUT


@contextmanager
def held() -> Iterator[None]:
    """Reads each key at most once until this ends; it lasts as long as a unit of work."""
    token = _held.set({})
    try:
        yield
    finally:
        _held.reset(token)


def seal(text: str, *, login: int) -> str:
    """The text, sealed for this client. Raises sealing.Broken in a process without CLIENT_KEYS."""
    return keys_of([login])[login].seal(text) if text else ""


def keys_of(logins: Iterable[int]) -> dict[int, Key]:
    """The key of each of these clients, made where there is none. Raises sealing.Broken in a process without CLIENT_KEYS.

    It is read in each unit anew: what is written after a key was destroyed is sealed with another one.
    """
    there = _held.get()
    there = {} if there is None else there
    if missing := sorted(set(logins) - set(there)):
        found = _read(missing)
        if new := [login for login in missing if login not in found]:
            found |= _make(new)
        there.update(found)
    return there


def opened(sealed: str, *, login: int) -> str:
    """What was sealed for this client, or the word for why nobody can read it here: what is another's is not opened.

    What is not sealed is returned as it is.
    """
    found = SEALED.fullmatch(sealed)
    return _opened(found, login) if found else sealed


def opened_within(text: str, *, login: int) -> str:
    """Words of the house with everything opened that is sealed among them; never a text that somebody brought along."""
    return SEALED.sub(lambda found: _opened(found, login), text)


def want(text: str) -> None:
    """Remembers whose keys will be asked for, so that the first that is opened brings all of them in one statement."""
    if not settings.CLIENT_KEYS or MARK not in text:
        return
    _all_wanted().extend({UUID(found[1]) for found in SEALED.finditer(text)})


def forget(ids: Iterable[UUID]) -> None:
    """This process knows these keys no more."""
    for each in ids:
        _known.pop(each, None)


def sealed_anew(row: Any) -> str:
    """A client's key, sealed with the first of CLIENT_KEYS; empty where none of them opens it."""
    try:
        return _sealed(_secret_of(row), _of(row))
    except sealing.Broken:
        return ""


def _opened(found: re.Match[str], login: int) -> str:
    key = _key(UUID(found[1]))
    if isinstance(key, str):
        return key
    return key.opened(found[2]) if key.login == login else SHUT


def _key(pk: UUID) -> Key | str:
    """The key, or the word for why there is none."""
    if not settings.CLIENT_KEYS:
        return SHUT
    at, key = _known.get(pk, (-KNOWS_FOR, SHUT))
    if time.monotonic() - at < KNOWS_FOR:
        return key
    wanted = _all_wanted()
    _load({pk, *wanted})
    wanted.clear()
    # Another thread may have had it forgotten by now.
    return _known.get(pk, (0.0, SHUT))[1]


def _load(pks: set[UUID]) -> None:
    now = time.monotonic()
    forget(pk for pk, (at, _) in _known.copy().items() if now - at >= KNOWS_FOR)
    pks = pks - set(_known)
    found = {row.pk: row for row in _keys().filter(pk__in=pks)}
    gone = pks - set(found)
    erasures = apps.get_model("audit", "Erasure").objects.filter(key__in=gone)
    erased = set(erasures.values_list("key", flat=True)) if gone else ()
    for pk in pks:
        _known[pk] = (now, _unsealed(found[pk]) if pk in found else ERASED if pk in erased else SHUT)


def _read(logins: list[int]) -> dict[int, Key]:
    return _keys_in(_keys().filter(environment=settings.MANAGER_ENVIRONMENT, login__in=logins))


def _keys_in(rows: Iterable[Any]) -> dict[int, Key]:
    found: dict[int, Key] = {}
    for row in rows:
        _, known = _known.get(row.pk, (0.0, None))
        key = known if isinstance(known, Key) else _unsealed(row)
        if isinstance(key, str):
            raise sealing.Broken("The key of this client was sealed with one of CLIENT_KEYS that is not here.")
        found[row.login] = key
    return found


def _make(logins: list[int]) -> dict[int, Key]:
    """New keys for these, in order of login, unless somebody else made one at this moment: then theirs is read."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(ALONE, [CLIENT_LOCK, [login % 2**31 for login in logins]])
    there = _read(logins)
    made = _keys().bulk_create(_made(login) for login in logins if login not in there)
    return there | _keys_in(made)


def _made(login: int) -> Any:
    pk, secret = uuid4(), base64.b64encode(secrets.token_bytes(32)).decode()
    environment = settings.MANAGER_ENVIRONMENT
    row = _keys().model(id=pk, environment=environment, login=login, made_at=Now())
    row.sealed, row.under = _sealed(secret, _of(row)), sealing.name_of(settings.CLIENT_KEYS[0])
    return row


def _unsealed(row: Any) -> Key | str:
    try:
        secret = base64.b64decode(_secret_of(row))
    except sealing.Broken:
        return SHUT
    return Key(row.pk, row.login, AESGCM(secret), _of(row).encode())


def _secret_of(row: Any) -> str:
    return sealing.opened(row.sealed, of=_of(row), keys=settings.CLIENT_KEYS)


def _of(row: Any) -> str:
    """Whose key it is: what is sealed with it, and it itself, open nothing elsewhere."""
    return f"client:{row.environment}:{row.login}:{row.pk.hex}"


def _sealed(secret: str, of: str) -> str:
    return sealing.seal(secret, of=of, keys=settings.CLIENT_KEYS)


def _keys() -> Any:
    """The table of the keys; the models themselves seal by this module."""
    return apps.get_model("audit", "ClientKey").objects.all()


def _all_wanted() -> deque[UUID]:
    if not hasattr(_wanted, "keys"):
        _wanted.keys = deque(maxlen=MOST_WANTED)
    keys: deque[UUID] = _wanted.keys
    return keys
