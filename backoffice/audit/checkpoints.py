"""Checkpoints: what the chain's head was, signed and kept outside the database, one line each, chained among themselves.

A line ends with its newline, and only then is it one: what a killed writer left behind is cut off by the next. Each line
holds the hash of the one before it, so the last signature speaks for all of them.
"""

import base64
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import rfc8785
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from backoffice.audit import ed25519, signing
from backoffice.audit.chain import GENESIS
from backoffice.audit.models import Entry

NAME = "checkpoints.jsonl"
BLOCK, AT_ONCE = 64 * 1024, 500


class Unreadable(RuntimeError):
    """The checkpoints are not what this house wrote, so nobody can tell whether the database is whole."""


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """`digest` is the chain's at entry `seq`, `previous` the SHA-256 of the line before, `at` the database's time.

    After a restore `lost` is the last checkpoint that the database no longer holds, and `kept` the last that it does.
    """

    environment: str
    seq: int
    digest: str
    at: str
    previous: str
    lost: str = ""
    kept: str = ""
    key: str = ""
    signature: str = ""

    @property
    def witness(self) -> str:
        return f"{self.seq}:{self.digest}"

    @property
    def line(self) -> bytes:
        return rfc8785.dumps(asdict(self))

    def signed_with(self, secret: bytes) -> "Checkpoint":
        """The signature is over the line's canonical form with an empty signature."""
        named = replace(self, key=signing.key_name(ed25519.public_of(secret)), signature="")
        signature = ed25519.sign(named.line, secret=secret)
        return replace(named, signature=base64.b64encode(signature).decode())

    def is_signed_by(self, public: bytes) -> bool:
        try:
            signature = base64.b64decode(self.signature, validate=True)
        except ValueError:
            return False
        return ed25519.verifies(signature, replace(self, signature="").line, public=public)


def last() -> Checkpoint | None:
    return next((checkpoint for checkpoint, _ in backwards()), None)


def backwards() -> Iterator[tuple[Checkpoint, str]]:
    """Every checkpoint with its line's hash, the last one first. Raises Unreadable, and OSError where the folder is away."""
    for line in _lines_backwards():
        try:
            yield _read(line), _hash(line)
        except Unreadable:
            raise Unreadable(_damage()) from None


def common() -> Checkpoint | None:
    """The last checkpoint that the database holds: up to there nothing is lost."""
    walk = (checkpoint for checkpoint, _ in backwards())
    while batch := list(islice(walk, AT_ONCE)):
        there = held([checkpoint.witness for checkpoint in batch])
        if found := next((checkpoint for checkpoint in batch if checkpoint.witness in there), None):
            return found
    return None


def held(witnesses: list[str]) -> set[str]:
    """Those of these `seq:digest` that the database holds."""
    seqs = [int(witness.partition(":")[0]) for witness in witnesses]
    return {f"{seq}:{digest}" for seq, digest in Entry.objects.filter(seq__in=seqs).values_list("seq", "digest")}


def write(*, seq: int, digest: str, at: str, lost: str = "", kept: str = "") -> Checkpoint:
    """Signs the head and appends it; when this returns, it is on the disk."""
    secret = signing.secret()
    with _alone() as file:
        before = next(_lines_backwards(), None)
        previous = _hash(before) if before else GENESIS
        environment = settings.MANAGER_ENVIRONMENT
        said = Checkpoint(
            environment=environment, seq=seq, digest=digest, at=at, previous=previous, lost=lost, kept=kept
        )
        signed = said.signed_with(secret)
        file.write(signed.line + b"\n")
        file.flush()
        os.fsync(file.fileno())
    sync_folder()
    return signed


def folder() -> Path:
    if not settings.CHECKPOINT_DIR:
        raise ImproperlyConfigured("CHECKPOINT_DIR is not set, so nothing stands outside the database.")
    return Path(settings.CHECKPOINT_DIR)


def sync_folder() -> None:
    """A new name in a folder is on the disk only once the folder is."""
    number = os.open(folder(), os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def _alone() -> Iterator[BinaryIO]:
    """The file, opened to append behind its last whole line; nobody else writes meanwhile."""
    with (folder() / NAME).open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(_end(file))
        yield file


def _lines_backwards() -> Iterator[bytes]:
    folder().stat()
    path = folder() / NAME
    if not path.exists():
        return
    with path.open("rb") as file:
        end, rest = _end(file), b""
        while end:
            start = max(0, end - BLOCK)
            file.seek(start)
            rest, *lines = (file.read(end - start) + rest).split(b"\n")
            yield from reversed([line for line in lines if line])
            end = start
        if rest:
            yield rest


def _end(file: BinaryIO) -> int:
    """Where the last whole line ends."""
    start = max(0, file.seek(0, os.SEEK_END) - BLOCK)
    file.seek(start)
    found = file.read().rfind(b"\n") + 1
    if start and not found:
        raise Unreadable(f"{NAME} does not end in lines.")
    return start + found


def _read(line: bytes) -> Checkpoint:
    try:
        return Checkpoint(**json.loads(line))
    except (ValueError, TypeError):
        raise Unreadable(f"{NAME} holds a line that is no checkpoint: {line[:60]!r}") from None


def _damage() -> str:
    """Where the file is damaged, and what becomes of it, for whoever has to mend it."""
    path = folder() / NAME
    with path.open("rb") as file:
        number = next(
            (number for number, line in enumerate(file, start=1) if line.strip() and not _is_checkpoint(line)), 0
        )
    return (
        f"Line {number} of {path} is no checkpoint: the file is damaged, and nobody can tell whether the database is whole. "
        'Nothing is sent until it is mended: docs/deployment.md, "A damaged file of checkpoints".'
    )


def _is_checkpoint(line: bytes) -> bool:
    try:
        return bool(_read(line))
    except Unreadable:
        return False


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
