"""Ed25519 (RFC 8032) by `cryptography`: the 32 bytes of a key and the 64 of a signature, and PEM as OpenSSL writes it."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class NotAKey(ValueError):
    """The text is no Ed25519 key in PEM."""


def new_secret() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes_raw()


def secret_from_pem(text: str) -> bytes:
    """The 32 bytes of `openssl genpkey -algorithm ed25519`; raises NotAKey."""
    try:
        key = pem.load_pem_private_key(text.strip().encode(), password=None)
    except (ValueError, TypeError):
        raise NotAKey("This is no secret key in PEM.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise NotAKey("The PEM holds another kind of key than Ed25519.")
    return key.private_bytes_raw()


def public_from_pem(text: str) -> bytes:
    """The 32 bytes of `openssl pkey -pubout`; raises NotAKey."""
    try:
        key = pem.load_pem_public_key(text.strip().encode())
    except ValueError:
        raise NotAKey("This is no public key in PEM.") from None
    if not isinstance(key, Ed25519PublicKey):
        raise NotAKey("The PEM holds another kind of key than Ed25519.")
    return key.public_bytes_raw()


def secret_to_pem(secret: bytes) -> str:
    encoding, form = pem.Encoding.PEM, pem.PrivateFormat.PKCS8
    return Ed25519PrivateKey.from_private_bytes(secret).private_bytes(encoding, form, pem.NoEncryption()).decode()


def public_to_pem(public: bytes) -> str:
    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo).decode()


def public_of(secret: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def sign(message: bytes, *, secret: bytes) -> bytes:
    """64 bytes; the same message and key always give the same ones."""
    return Ed25519PrivateKey.from_private_bytes(secret).sign(message)


def verifies(signature: bytes, message: bytes, *, public: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
