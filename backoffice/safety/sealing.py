"""Seals what must be read again and by nobody else; a token says what it belongs to, and cannot be moved.

Each function takes the keys: the first seals, every one opens. A new one is put in front, the old one goes when nothing
needs it.
"""

import base64
import hashlib
import json
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from backoffice.safety.secret import Secret

# How sealed text begins where it stands among other text.
MARK = "sealed1:"
Keys = Sequence[Secret]


class Broken(ValueError):
    """What was sealed cannot be opened: another key, another place, or not as it was written."""


def seal(secret: str, *, of: str, keys: Keys) -> str:
    """Raises Broken where no key is here."""
    return _fernet(keys).encrypt(json.dumps([of, secret]).encode()).decode()


def opened(token: str, *, of: str, keys: Keys) -> str:
    """The secret. Raises Broken, also for a token that was sealed for something else."""
    try:
        belongs_to, secret = json.loads(_fernet(keys).decrypt(token.encode()))
    except (InvalidToken, UnicodeError) as failure:
        raise Broken("It was sealed with a key that is not here, or was changed.") from failure
    if belongs_to != of:
        raise Broken(f"It was sealed for something else than {of}.")
    return str(secret)


def name_of(key: Secret) -> str:
    """The public name of a key: the head of its hash."""
    return hashlib.sha256(b"seal key:" + key.reveal().encode()).hexdigest()[:16]


def _fernet(keys: Keys) -> MultiFernet:
    if not keys:
        raise Broken("No key is here to seal or to open with.")
    derived = (hashlib.sha256(b"countersign:seal:" + key.reveal().encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])
