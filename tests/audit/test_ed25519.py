"""Signatures as RFC 8032 has them: its own examples, OpenSSL's opinion, and what must not verify."""

import base64
import shutil
import subprocess

import pytest

from backoffice.audit import ed25519

# RFC 8032, section 7.1: secret key, public key, message, signature.
EXAMPLES = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
SECRET = bytes(range(32))
ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.parametrize(("secret", "public", "message", "signature"), EXAMPLES)
def test_the_examples_of_the_rfc(secret, public, message, signature):
    secret, public, message, signature = (bytes.fromhex(text) for text in (secret, public, message, signature))

    assert ed25519.public_of(secret) == public
    assert ed25519.sign(message, secret=secret) == signature
    assert ed25519.verifies(signature, message, public=public)


def test_whatever_is_changed_no_longer_verifies():
    message, public = b"entry 7", ed25519.public_of(SECRET)
    signature = ed25519.sign(message, secret=SECRET)

    for place in range(0, 64, 5):
        other = bytes(byte ^ (1 if n == place else 0) for n, byte in enumerate(signature))
        assert not ed25519.verifies(other, message, public=public)
    assert not ed25519.verifies(signature, b"entry 8", public=public)
    assert not ed25519.verifies(signature, message, public=ed25519.public_of(bytes(32)))


def test_a_signature_has_one_spelling():
    """Adding the group's order to its second half would verify where nobody looks whether it is too large."""
    message, public = b"entry 7", ed25519.public_of(SECRET)
    signature = ed25519.sign(message, secret=SECRET)
    larger = int.from_bytes(signature[32:], "little") + ORDER

    assert not ed25519.verifies(signature[:32] + larger.to_bytes(32, "little"), message, public=public)


@pytest.mark.parametrize("signature", [b"", b"\0" * 63, b"\0" * 65, b"\xff" * 64])
def test_what_is_no_signature_does_not_verify(signature):
    assert not ed25519.verifies(signature, b"", public=ed25519.public_of(SECRET))
    assert not ed25519.verifies(ed25519.sign(b"", secret=SECRET), b"", public=b"\xff" * 32)


def test_keys_are_read_as_they_are_written():
    public = ed25519.public_of(SECRET)

    assert ed25519.secret_from_pem(ed25519.secret_to_pem(SECRET)) == SECRET
    assert ed25519.public_from_pem(ed25519.public_to_pem(public)) == public


RSA = base64.b64encode(b"0" * 48).decode()


@pytest.mark.parametrize(
    "text",
    ["", "secret", ed25519.public_to_pem(SECRET), f"-----BEGIN PRIVATE KEY-----\n{RSA}\n-----END PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----"],
)  # fmt: skip
def test_what_is_no_key_is_refused(text):
    with pytest.raises(ed25519.NotAKey):
        ed25519.secret_from_pem(text)


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl on this machine")
def test_openssl_makes_the_same_signatures(tmp_path):
    key, message, signed = tmp_path / "key", tmp_path / "message", tmp_path / "signed"
    openssl = str(shutil.which("openssl"))
    subprocess.run([openssl, "genpkey", "-algorithm", "ed25519", "-out", key], check=True, capture_output=True)
    secret = ed25519.secret_from_pem(key.read_text())

    for text in (b"1", b"an entry", bytes(range(256)) * 9):
        message.write_bytes(text)
        said = [openssl, "pkeyutl", "-sign", "-inkey", key, "-rawin", "-in", message, "-out", signed]
        subprocess.run(said, check=True, capture_output=True)
        assert ed25519.sign(text, secret=secret) == signed.read_bytes()
