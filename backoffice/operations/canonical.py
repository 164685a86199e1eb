"""The canonical form: one text for one meaning, and the hash that people approve."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from typing import Any

import rfc8785

from backoffice.audit import chain


def canonical(value: Mapping[str, Any]) -> str:
    """RFC 8785 JSON with its text in NFC. Money comes in as strings, quantised to the account's digits."""
    composed = _composed(value)
    return (chain.canonical(composed) if _is_plain(composed) else rfc8785.dumps(composed)).decode()


def _is_plain(value: Mapping[str, Any]) -> bool:
    """Whether it is plain names with texts or small whole numbers, as most payloads are: there the short way is the same."""
    return all(
        name.isascii() and (isinstance(inner, str | bool | None) or (isinstance(inner, int) and abs(inner) < 2**53))
        for name, inner in value.items()
    )


def sha256(*texts: str) -> str:
    """SHA-256 in hex over texts, each closed by a newline so that none can run into the next."""
    return hashlib.sha256("".join(text + "\n" for text in texts).encode()).hexdigest()


def hash_of(text: str) -> str:
    """SHA-256 in hex of one canonical text, as both databases can compute it."""
    return hashlib.sha256(text.encode()).hexdigest()


def loaded(text: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(text)
    return value


def _composed(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        return {unicodedata.normalize("NFC", name): _composed(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_composed(inner) for inner in value]
    return value
