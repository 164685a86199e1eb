"""Whoever trusts nobody verifies signed votes by one file of plain Python: it agrees with `cryptography`, and sees what was changed."""

import hashlib
import json
import random
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from django.core.management import call_command
from fido2.cose import CoseKey

from backoffice.audit import verify_votes
from backoffice.audit.models import Entry
from backoffice.operations import versions
from backoffice.operations.bundles import following
from backoffice.operations.models import Decision, Operation, Sight, Signature
from tests.emptying import guards_aside
from tests.operations import rows
from tests.operations.bundle_attacks import bundled
from tests.operations.test_signed_votes import alter, alter_away, publish
from tests.signing_in import keys

FILE = Path(verify_votes.__file__)


@pytest.fixture(autouse=True)
def site(settings):
    settings.PUBLIC_URL = keys.ORIGIN


def cose(private):
    kind = CoseKey.for_alg(-257 if isinstance(private, rsa.RSAPrivateKey) else -7)
    return dict(kind.from_cryptography_key(private.public_key()))


def by_library(public, signature, message):
    scheme = [padding.PKCS1v15()] if isinstance(public, rsa.RSAPublicKey) else []
    how = [*scheme, hashes.SHA256()] if scheme else [ec.ECDSA(hashes.SHA256())]
    try:
        public.verify(signature, message, *how)
    except InvalidSignature:
        return False
    return True


def other(signature, chance):
    place = chance.randrange(len(signature))
    return signature[:place] + bytes([signature[place] ^ (1 << chance.randrange(8))]) + signature[place + 1 :]


def test_plain_p256_agrees_with_cryptography_600_times():
    chance = random.Random(1)  # noqa: S311  # the same each time
    agreed = dict.fromkeys((True, False), 0)
    for n in range(200):
        private = ec.generate_private_key(ec.SECP256R1())
        message = hashlib.sha256(str(n).encode()).digest() * (n % 5)
        signature = private.sign(message, ec.ECDSA(hashes.SHA256()))
        for tried, about in ((signature, message), (other(signature, chance), message), (signature, message + b"x")):
            said = by_library(private.public_key(), tried, about)
            assert verify_votes.verifies(tried, about, cose=cose(private)) == said
            agreed[said] += 1

    assert agreed == {True: 200, False: 400}


def test_plain_rsa_agrees_with_cryptography():
    chance, private = random.Random(2), rsa.generate_private_key(65537, 2048)  # noqa: S311  # the same each time
    for n in range(30):
        message = str(n).encode()
        signature = private.sign(message, padding.PKCS1v15(), hashes.SHA256())
        for tried, about in (
            (signature, message),
            (other(signature, chance), message),
            (signature, b"x"),
            (signature[1:], message),
        ):
            assert verify_votes.verifies(tried, about, cose=cose(private)) == by_library(
                private.public_key(), tried, about
            )


def test_what_is_no_signature_is_none():
    private = ec.generate_private_key(ec.SECP256R1())
    key, good = cose(private), private.sign(b"", ec.ECDSA(hashes.SHA256()))
    r, s = utils.decode_dss_signature(good)

    assert verify_votes.verifies(good, b"", cose=key)
    for wrong in (
        b"",
        b"\0" * 70,
        good + b"\0",
        good[:-1],
        *(utils.encode_dss_signature(*pair) for pair in ((0, s), (r, 0), (r, s + verify_votes.N))),
    ):
        assert not verify_votes.verifies(wrong, b"", cose=key)
    # Neither another algorithm, nor a point that is on no curve.
    assert not verify_votes.verifies(good, b"", cose=key | {3: -8})
    assert not verify_votes.verifies(good, b"", cose=key | {-3: b"\1" * 32})


def test_it_imports_nothing_but_python():
    text = FILE.read_text()
    told = {line.split()[1].partition(".")[0] for line in text.splitlines() if line.startswith(("import ", "from "))}
    assert told <= set(sys.stdlib_module_names)


@pytest.fixture
def cast(mia, carl, chen, ada, amir, cora):
    """Two signed votes on one request, by keys of both algorithms, and one on a bundle."""
    publish(
        ada, amir, cora, keys.rule(needs=[["supervisor"], ["supervisor"]], when=[{"fact": "usd", "at_least": "1000"}])
    )
    his, hers = keys.enrolled(carl), keys.enrolled(chen, algorithm="rs256")
    large = rows.awaiting(mia, amount="2500.00")
    keys.approve(large, by=carl, key=his)
    assert keys.approve(large, by=chen, key=hers).state == "queued"
    keys.approve_bundle(bundled(mia), by=carl, key=his)
    following.follow("funding")
    assert versions.in_force().number == 2
    return large


def exported():
    out = StringIO()
    call_command("votes", stdout=out)
    return [json.loads(line) for line in out.getvalue().split("\n") if line]


def faults(settings, votes=None):
    key = settings.AUDIT_KEY.reveal().encode()
    return verify_votes.verify(exported() if votes is None else votes, origin=keys.ORIGIN, audit_key=key)


pytest_db = pytest.mark.django_db(transaction=True)


@pytest_db
def test_what_was_signed_verifies_by_the_file_alone(cast, settings, tmp_path):
    with (tmp_path / "votes.jsonl").open("w") as out:
        call_command("votes", stdout=out)
    (tmp_path / "key").write_text(settings.AUDIT_KEY.reveal())
    told = [sys.executable, "-I", "-S", str(FILE), "votes.jsonl", "--origin", keys.ORIGIN, "--audit-key-file", "key"]

    done = subprocess.run(told, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "3 signed votes hold, by keys of 2 entries of the trail.\n"
    elsewhere = subprocess.run(
        [*told[:6], "https://other.example"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert elsewhere.returncode == 1
    assert elsewhere.stderr.count("it was signed on https://desk.example") == 3


def swapped(cast):
    """A thief's key in the place of the one that signed, and an entry that says it is the voter's."""
    thiefs = keys.enrolled(cast.made_by)
    row = Signature.objects.filter(decision__by__username="carl").get()
    vote = row.decision
    text = {"form": "vote 1", "environment": "demo", "on": "operation", "id": str(cast.pk), "hash": vote.payload_hash}
    text |= {"seen": vote.seen, "sight": vote.sight.digest, "verb": "approval", "by": "carl", "for": ""}
    made = keys.assertion(thiefs, json.dumps(text, sort_keys=True, separators=(",", ":")), nonce=row.nonce)
    with guards_aside():
        Entry.objects.filter(pk=made.enrolled).update(operator_id="carl", person=str(vote.person))
        parts = {name: getattr(made, name) for name in ("credential", "authenticator", "client", "signature")}
        Signature.objects.filter(pk=row.pk).update(fingerprint=made.fingerprint, enrolment=made.enrolled, **parts)


TAMPERED = {
    "signature": (lambda c: alter(Signature, signature="MEUCIQ"), "the signature is not right"),
    "payload": (lambda c: alter(Operation, payload="{}"), "a payload is not the one"),
    "what was shown": (lambda c: alter(Sight, text="{}"), "what was shown is not"),
    "the account": (lambda c: alter(Operation, snapshot="{}"), "none of the verdicts"),
    "the verdict": (lambda c: alter(Operation, verdict="{}"), "none of the verdicts"),
    "what was seen": (lambda c: alter(Decision, seen="0" * 64), "none of the verdicts"),
    "the nonce": (lambda c: Signature.objects.filter(pk=0) or reversed_nonces(), "over something else"),
    "the key": (swapped, "is not one that the house wrote"),
    "a signature that is gone": (lambda c: alter_away(Signature), "says that it was signed, and it is not there"),
    "the enrolment": (lambda c: alter(Entry, operator_id="mia"), "is no enrolment of theirs"),
}


def reversed_nonces():
    with guards_aside():
        for row in Signature.objects.all():
            Signature.objects.filter(pk=row.pk).update(nonce=row.nonce[::-1])


@pytest_db
@pytest.mark.parametrize("what", TAMPERED)
def test_whatever_was_changed_later_is_seen(what, cast, settings):
    tamper, words = TAMPERED[what]
    assert faults(settings) == []

    tamper(cast)

    assert words in "\n".join(faults(settings))


@pytest_db
def test_what_goes_wrong_between_votes_is_seen(cast, settings):
    votes = exported()
    one = next(vote for vote in votes if vote["on"] == "operation")

    assert "its nonce was used before" in "\n".join(faults(settings, [*votes, one]))
    assert "counter went back" in "\n".join(faults(settings, [*votes, one]))
    assert faults(settings, [vote for vote in votes if vote is not one])[-1].endswith(
        "it takes 2 signed votes, and has fewer"
    )
    assert "the key was removed before" in faults(settings, [one | {"ended": True}])[0]


@pytest_db
def test_what_was_released_without_the_votes_that_it_takes_is_seen(mia, carl, ada, amir, cora, settings):
    publish(ada, amir, cora, keys.rule())
    operation = rows.awaiting(mia)
    with guards_aside():
        Operation.objects.filter(pk=operation.pk).update(state="queued", position=9, approved_at=operation.made_at)

    assert faults(settings) == [
        f"{operation.reference}, vote of nobody: it takes signed votes, and was released without any"
    ]
