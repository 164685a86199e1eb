"""Verifies signed votes with nothing but Python: `python verify_votes.py votes.jsonl --origin https://backoffice.example`.

The file is what `manage.py votes` wrote, one signed vote a line. Whoever has the chain's key names it by --audit-key-file; then
the entries by which the trail knows the keys are verified, too. This file imports nothing of the house and needs no other, so
that whoever trusts nobody reads it whole: it is longer than one of ours may be elsewhere.
"""

import argparse
import base64
import hashlib
import hmac
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FORMS = ("signed vote 1", "vote 1", "missing vote 1")
# NIST P-256: the field, the curve y² = x³ - 3x + b, the group's order, and its generator.
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
Point = tuple[int, int] | None
# EMSA-PKCS1-v1_5 of SHA-256 (RFC 8017, 9.2).
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
SEALED = (
    "seq environment action operator_id person name roles ip device object_type object_id login request_id reason detail key"
).split()


class Bad(ValueError):
    """What does not hold, in words."""


def main(arguments: list[str] | None = None) -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("file", help="what `manage.py votes` wrote")
    asked.add_argument("--origin", required=True, help="the house's own address, exactly")
    asked.add_argument("--audit-key-file", help="the key of the audit chain")
    told = asked.parse_args(arguments)
    key = _read(told.audit_key_file).strip().encode() if told.audit_key_file else None
    votes = [json.loads(line) for line in _read(told.file).split("\n") if line]
    faults = verify(votes, origin=told.origin.rstrip("/"), audit_key=key)
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    if not faults:
        entries = sorted({vote["enrolment"]["seq"] for vote in votes})
        sys.stdout.write(f"{len(votes)} signed votes hold, by keys of {len(entries)} entries of the trail.\n")
        if key is None:
            sys.stdout.write(f"That these entries are the house's own, `manage.py audit verify` says: {entries}.\n")
    return 1 if faults else 0


def verify(votes: list[dict[str, Any]], *, origin: str, audit_key: bytes | None = None) -> list[str]:
    """What is wrong, a line for each vote that does not hold and for what is wrong between them."""
    faults = []
    for vote in votes:
        try:
            insist(vote, origin=origin, audit_key=audit_key)
        except (ValueError, KeyError, TypeError, IndexError) as why:
            faults.append(
                f"{vote.get('reference')}, vote of {vote.get('by')}: {why if isinstance(why, Bad) else f'unreadable ({why!r})'}"
            )
    return [*faults, *_between(votes)]


def insist(vote: dict[str, Any], *, origin: str, audit_key: bytes | None = None) -> None:
    """Raises Bad for the first thing that does not hold."""
    if vote["form"] == FORMS[2]:
        raise Bad(vote["why"])
    if vote["form"] != FORMS[0]:
        raise Bad("of a form that is not known")
    _insist_on_what_is_voted_on(vote)
    _insist_on_the_question(vote, origin)
    _insist_on_the_signature(vote, origin)
    _insist_on_the_key(vote, audit_key)


def _insist_on_what_is_voted_on(vote: dict[str, Any]) -> None:
    if any(_sha(member["payload"]) != member["payload_hash"] for member in vote["members"]):
        raise Bad("a payload is not the one that its hash is over")
    hashes = [member["payload_hash"] for member in vote["members"]]
    if vote["hash"] != (hashes[0] if vote["on"] == "operation" else _sha("\n".join(hashes))):
        raise Bad("the hash is not over what is approved")
    if _sha(vote["sight_text"]) != vote["sight"]:
        raise Bad("what was shown is not what its hash is over")
    seen = [
        _sha("".join(f"{part}\n" for part in (vote["hash"], vote["snapshot"], verdict))) for verdict in vote["verdicts"]
    ]
    if vote["seen"] not in (seen if vote["on"] == "operation" else [vote["sight"]]):
        raise Bad("what was seen is none of the verdicts on it")


def _insist_on_the_question(vote: dict[str, Any], origin: str) -> None:
    leaf = {name: vote[name] for name in ("environment", "on", "id", "hash", "seen", "sight", "verb", "by", "for")}
    text = json.dumps({"form": FORMS[1], **leaf}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    challenge = hashlib.sha256(f"{text}\n{vote['nonce']}\n".encode()).digest()
    client = json.loads(_bytes(vote["client"]))
    if client["type"] != "webauthn.get" or client["challenge"] != base64.urlsafe_b64encode(challenge).decode().rstrip(
        "="
    ):
        raise Bad("the signature is over something else")
    if client["origin"] != origin or client["crossOrigin"] is not False:
        raise Bad(f"it was signed on {client['origin']}, or inside another page")


def _insist_on_the_signature(vote: dict[str, Any], origin: str) -> None:
    data = _bytes(vote["authenticator"])
    if data[:32] != hashlib.sha256((urlsplit(origin).hostname or "").encode()).digest():
        raise Bad("it was signed for another house")
    if data[32] & 5 != 5:
        raise Bad("the passkey did not verify whose finger it was")
    message = data + hashlib.sha256(_bytes(vote["client"])).digest()
    if not verifies(_bytes(vote["signature"]), message, cose=cose_of(_bytes(vote["credential"]))):
        raise Bad("the signature is not right")


def _insist_on_the_key(vote: dict[str, Any], audit_key: bytes | None) -> None:
    entry, fingerprint = vote["enrolment"], hashlib.sha256(_bytes(vote["credential"])).hexdigest()
    if entry["action"] != "operator.second_factor_added" or entry["operator_id"] != vote["by"]:
        raise Bad(f"entry {entry['seq']} is no enrolment of theirs")
    if not fingerprint == vote["fingerprint"] == json.loads(entry["detail"])["fingerprint"]:
        raise Bad(f"entry {entry['seq']} is of another key: this one was put in its place")
    if vote["ended"]:
        raise Bad("the key was removed before")
    if audit_key is not None and not hmac.compare_digest(entry["digest"], digest(entry, audit_key)):
        raise Bad(f"entry {entry['seq']} is not one that the house wrote")


def digest(entry: dict[str, Any], audit_key: bytes) -> str:
    """As the chain seals an entry: HMAC-SHA256 over the entry before and everything that this one says."""
    told = {name: entry[name] for name in SEALED}
    told |= {
        "seq": str(entry["seq"]),
        "login": "" if entry["login"] is None else str(entry["login"]),
        "at": entry["at"],
    }
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(audit_key, entry["previous"].encode() + text.encode(), hashlib.sha256).hexdigest()


def _between(votes: list[dict[str, Any]]) -> list[str]:
    """A nonce that came twice, a key whose counter went back, and requests with fewer signed votes than they take."""
    votes = [vote for vote in votes if vote["form"] == FORMS[0]]
    faults, nonces, counters, cast = [], set[str](), dict[str, int](), dict[str, set[str]]()
    for vote in sorted(votes, key=lambda each: str(each.get("at"))):
        if vote.get("nonce") in nonces:
            faults.append(f"{vote.get('reference')}, vote of {vote.get('by')}: its nonce was used before")
        nonces.add(str(vote.get("nonce")))
        counter, before = (
            int.from_bytes(_bytes(vote["authenticator"])[33:37], "big"),
            counters.get(vote["fingerprint"], -1),
        )
        if counter <= before and (counter, before) != (0, 0):
            faults.append(
                f"{vote['reference']}, vote of {vote['by']}: the key's counter went back from {before} to {counter}"
            )
        counters[vote["fingerprint"]] = counter
        cast.setdefault(vote["id"], set()).add(vote["person"])
    short = [vote for vote in {each["id"]: each for each in votes}.values() if vote["released"]]
    short = [vote for vote in short if len(cast[vote["id"]]) < vote["takes"]]
    faults += [f"{vote['reference']}: it takes {vote['takes']} signed votes, and has fewer" for vote in short]
    return faults


# Keys and signatures


def cose_of(credential: bytes) -> dict[int, Any]:
    """The key out of WebAuthn's attested credential data: 16 bytes of model, the id with its length, the key in CBOR."""
    start = 18 + int.from_bytes(credential[16:18], "big")
    key, end = _cbor(credential, start)
    if end != len(credential) or not isinstance(key, dict):
        raise Bad("the credential is no key")
    return key


def _cbor(data: bytes, at: int) -> tuple[Any, int]:
    """Whole numbers, byte strings and maps of them (RFC 8949): nothing else is in a key."""
    major, short, at = data[at] >> 5, data[at] & 31, at + 1
    width = {24: 1, 25: 2, 26: 4}.get(short, 0)
    if short > 26:
        raise Bad("CBOR of a kind that is in no key")
    value, at = (int.from_bytes(data[at : at + width], "big") if width else short), at + width
    if major in (0, 1):
        return (value if major == 0 else -1 - value), at
    if major == 2 and at + value <= len(data):
        return data[at : at + value], at + value
    if major != 5:
        raise Bad("CBOR of a kind that is in no key")
    held = {}
    for _ in range(value):
        name, at = _cbor(data, at)
        held[name], at = _cbor(data, at)
    return held, at


def verifies(signature: bytes, message: bytes, *, cose: dict[int, Any]) -> bool:
    """ES256 on P-256, or RS256; any other key is none."""
    hashed = hashlib.sha256(message).digest()
    if (cose.get(1), cose.get(3), cose.get(-1)) == (2, -7, 1):
        point = int.from_bytes(cose[-2], "big"), int.from_bytes(cose[-3], "big")
        return _is_of_p256(signature, int.from_bytes(hashed, "big"), point)
    if (cose.get(1), cose.get(3)) == (3, -257):
        return _is_of_rsa(signature, hashed, int.from_bytes(cose[-1], "big"), int.from_bytes(cose[-2], "big"))
    return False


def _is_of_p256(signature: bytes, hashed: int, public: tuple[int, int]) -> bool:
    x, y = public
    if not (0 <= x < P and 0 <= y < P) or (y * y - x * x * x + 3 * x - B) % P:
        return False
    parts = _der(signature)
    if parts is None or not all(0 < part < N for part in parts):
        return False
    r, s = parts
    inverse = pow(s, -1, N)
    found = _sum(_times(hashed * inverse % N, G), _times(r * inverse % N, public))
    return found is not None and found[0] % N == r


def _der(signature: bytes) -> tuple[int, int] | None:
    """The two numbers of a signature, spelled as DER has them, in no other way."""
    if len(signature) < 8 or signature[0] != 0x30 or signature[1] != len(signature) - 2:
        return None
    found: list[int] = []
    at = 2
    for _ in range(2):
        if at + 2 > len(signature) or signature[at] != 2:
            return None
        number = signature[at + 2 : at + 2 + signature[at + 1]]
        if not number or len(number) != signature[at + 1] or number[0] & 0x80:
            return None
        if len(number) > 1 and number[0] == 0 and not number[1] & 0x80:
            return None
        found, at = [*found, int.from_bytes(number, "big")], at + 2 + len(number)
    return (found[0], found[1]) if at == len(signature) else None


def _sum(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, P) if one == other else (y2 - y1) * pow(x2 - x1, -1, P)
    x3 = (slope * slope - x1 - x2) % P
    return x3, (slope * (x1 - x3) - y1) % P


def _times(factor: int, point: Point) -> Point:
    total: Point = None
    while factor:
        if factor & 1:
            total = _sum(total, point)
        point, factor = _sum(point, point), factor >> 1
    return total


def _is_of_rsa(signature: bytes, hashed: bytes, modulus: int, exponent: int) -> bool:
    width = (modulus.bit_length() + 7) // 8
    if modulus.bit_length() < 2048 or exponent < 3 or len(signature) != width:
        return False
    number = int.from_bytes(signature, "big")
    padding = width - len(SHA256_PREFIX) - len(hashed) - 3
    expected = b"\x00\x01" + b"\xff" * padding + b"\x00" + SHA256_PREFIX + hashed
    return number < modulus and pow(number, exponent, modulus).to_bytes(width, "big") == expected


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
