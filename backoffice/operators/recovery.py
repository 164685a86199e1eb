"""Recovery codes: ten of them, shown once and kept as hashes; each opens the door once, and agrees to nothing."""

import hashlib
import hmac
import secrets
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings

from backoffice.audit.unit import Unit
from backoffice.audit.vocabulary import register
from backoffice.operators.marks import mark_of, new_mark

MADE = register("operator.recovery_codes_made", "Recovery codes made", "warn")
VOID = register("operator.recovery_codes_void", "Recovery codes void", "warn")
USED = register("operator.recovery_code_used", "Recovery code used", "warn")

COUNT, GROUPS, LENGTH = 10, 4, 7
# Without letters and digits that are taken for one another; 28 of them are 138 bits, so that a plain hash keeps them.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
OURS = Authenticator.Type.RECOVERY_CODES


def replace(by: Any, *, work: Unit) -> list[str]:
    """New ones, and the entries that say so; those before are worth nothing. In a unit in which only they are left to write."""
    codes, mark = [_code() for _ in range(COUNT)], new_mark()
    before = list(Authenticator.objects.select_for_update().filter(user=by, type=OURS))
    for row in before:
        work.note(VOID, on=("factor", mark_of(row)))
    work.note(MADE, by=by, on=("factor", mark))
    work.enter()
    for row in before:
        row.delete()
    hashes = [_hashes(code, by)[0] for code in codes]
    Authenticator.objects.create(user=by, type=OURS, data={"hashes": hashes, "mark": mark})
    return codes


def left(by: Any) -> int:
    found = Authenticator.objects.filter(user=by, type=OURS).first()
    return len(found.data["hashes"]) if found else 0


def cross_out(by: Any, typed: str, *, work: Unit) -> Authenticator | None:
    """The row whose code this was, which is worth nothing from here on; None where it is none. In a unit with nothing else to lock."""
    found = Authenticator.objects.select_for_update().filter(user=by, type=OURS).first()
    marks = _hashes(typed, by)
    if found is None:
        return None
    used = next((kept for kept in found.data["hashes"] for mark in marks if hmac.compare_digest(mark, kept)), None)
    if used is None:
        return None
    found.data["hashes"].remove(used)
    work.note(USED, by=by, on=("factor", mark_of(found)), detail={"left": str(len(found.data["hashes"]))})
    work.enter()
    found.save(update_fields=["data"])
    return found


def _code() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(GROUPS))


def _hashes(code: str, by: Any) -> list[str]:
    """By each of SEAL_KEYS, the newest first: with a key, so that whoever reads the table cannot try codes out."""
    plain = "".join(character for character in code.lower() if character in ALPHABET)
    return [_hash(f"{by.pk}:{plain}", key.reveal()) for key in settings.SEAL_KEYS]


def _hash(text: str, key: str) -> str:
    return hmac.new(
        hashlib.sha256(b"countersign:recovery:" + key.encode()).digest(), text.encode(), "sha256"
    ).hexdigest()
