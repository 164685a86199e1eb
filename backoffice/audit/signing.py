"""The key that signs checkpoints: where it comes from, and what it is called."""

import hashlib
import os
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from backoffice.audit import ed25519

DEMO_KEY = "checkpoint.key"


def secret() -> bytes:
    """Raises ImproperlyConfigured where this process is given none, or something else."""
    if settings.DEMO and not settings.CHECKPOINT_KEY:
        return ed25519.secret_from_pem(_made_for_the_demo().read_text())
    if not settings.CHECKPOINT_KEY:
        raise ImproperlyConfigured("CHECKPOINT_KEY (or CHECKPOINT_KEY_FILE) is missing; it signs the checkpoints.")
    try:
        return ed25519.secret_from_pem(settings.CHECKPOINT_KEY.reveal())
    except ed25519.NotAKey as fault:
        raise ImproperlyConfigured(f"CHECKPOINT_KEY: {fault}") from None


def public() -> bytes:
    return ed25519.public_of(secret())


def key_name(key: bytes) -> str:
    """The head of a public key's hash, by which people tell keys apart."""
    return hashlib.sha256(key).hexdigest()[:16]


def _made_for_the_demo() -> Path:
    path: Path = settings.DATA / DEMO_KEY
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(ed25519.secret_to_pem(ed25519.new_secret()))
        # Whole or not at all, whoever else makes one now.
        draft.rename(path)
    return path
