"""Seals what must be read again and by nobody else, with SEAL_KEYS; a token says what it belongs to, and cannot be moved."""

import base64
import hashlib
import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

# How sealed text begins where it stands among other text.
MARK = "sealed1:"


class Broken(ValueError):
    """What was sealed cannot be opened: another key, another place, or not as it was written."""


def seal(secret: str, *, of: str) -> str:
    """Raises Broken where no key is here."""
    newest()
    return _keys().encrypt(json.dumps([of, secret]).encode()).decode()


def opened(token: str, *, of: str) -> str:
    """The secret. Raises Broken, also for a token that was sealed for something else."""
    try:
        newest()
        belongs_to, secret = json.loads(_keys().decrypt(token.encode()))
    except (InvalidToken, UnicodeError) as failure:
        raise Broken("It was sealed with a key that is not here, or was changed.") from failure
    if belongs_to != of:
        raise Broken(f"It was sealed for something else than {of}.")
    return str(secret)


def newest() -> str:
    """The public name of the key that seals now: the head of its hash. Raises Broken where no key is here."""
    if not settings.SEAL_KEYS:
        raise Broken("No key is here to seal with.")
    return hashlib.sha256(b"seal key:" + settings.SEAL_KEYS[0].reveal().encode()).hexdigest()[:16]


def _keys() -> MultiFernet:
    """The first key seals, every key opens: a new one is put in front, the old one goes when nothing needs it."""
    derived = (hashlib.sha256(b"countersign:seal:" + key.reveal().encode()).digest() for key in settings.SEAL_KEYS)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])
