"""Ed25519 as RFC 8032 has it, in plain integers: keys as OpenSSL writes them, signing, and verifying.

It signs once a minute, so its two milliseconds do not matter. It does not run in constant time: the key belongs on a
machine that nobody else computes on.
"""

import base64
import hashlib
import secrets

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
# What stands before the 32 bytes in DER: PKCS #8 for the secret key, SubjectPublicKeyInfo for the public one (RFC 8410).
SECRET_HEAD, PUBLIC_HEAD = bytes.fromhex("302e020100300506032b657004220420"), bytes.fromhex("302a300506032b6570032100")
SECRET, PUBLIC = "PRIVATE KEY", "PUBLIC KEY"
Point = tuple[int, int, int, int]


class NotAKey(ValueError):
    """The text is no Ed25519 key in PEM."""


def new_secret() -> bytes:
    return secrets.token_bytes(32)


def secret_from_pem(text: str) -> bytes:
    """The 32 bytes of `openssl genpkey -algorithm ed25519`; raises NotAKey."""
    return _from_pem(text, SECRET, SECRET_HEAD)


def public_from_pem(text: str) -> bytes:
    return _from_pem(text, PUBLIC, PUBLIC_HEAD)


def secret_to_pem(secret: bytes) -> str:
    return _to_pem(SECRET, SECRET_HEAD + secret)


def public_to_pem(public: bytes) -> str:
    return _to_pem(PUBLIC, PUBLIC_HEAD + public)


def public_of(secret: bytes) -> bytes:
    return _encoded(_times(_scalar(secret), BASE))


def sign(message: bytes, *, secret: bytes) -> bytes:
    """64 bytes; the same message and key always give the same ones."""
    public, nonce = public_of(secret), _number(hashlib.sha512(secret).digest()[32:], message)
    commitment = _encoded(_times(nonce, BASE))
    answer = (nonce + _number(commitment, public, message) * _scalar(secret)) % ORDER
    return commitment + answer.to_bytes(32, "little")


def verifies(signature: bytes, message: bytes, *, public: bytes) -> bool:
    if len(signature) != 64 or len(public) != 32:
        return False
    key, commitment = _decoded(public), _decoded(signature[:32])
    answer = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or answer >= ORDER:
        return False
    expected = _plus(commitment, _times(_number(signature[:32], public, message), key))
    return _encoded(_times(answer, BASE)) == _encoded(expected)


def _scalar(secret: bytes) -> int:
    number = int.from_bytes(hashlib.sha512(secret).digest()[:32], "little")
    return number & ~7 & (1 << 254) - 1 | 1 << 254


def _number(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % ORDER


def _plus(one: Point, other: Point) -> Point:
    """In extended coordinates (x·z, y·z, z, x·y·z); the formula holds for every pair of points, equal ones too."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(number: int, point: Point) -> Point:
    product: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            product = _plus(product, point)
        point, number = _plus(point, point), number >> 1
    return product


def _encoded(point: Point) -> bytes:
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _decoded(text: bytes) -> Point | None:
    number = int.from_bytes(text, "little")
    y, sign_of_x = number & (1 << 255) - 1, number >> 255
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if y >= P or (x * x - square) % P or (x == 0 and sign_of_x):
        return None
    x = P - x if x & 1 != sign_of_x else x
    return x, y, 1, x * y % P


def _base() -> Point:
    point = _decoded((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    assert point is not None  # noqa: S101  # RFC 8032 names it
    return point


BASE = _base()


def _from_pem(text: str, kind: str, head: bytes) -> bytes:
    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) < 3 or (lines[0], lines[-1]) != (f"-----BEGIN {kind}-----", f"-----END {kind}-----"):
        raise NotAKey(f"This is no {kind} in PEM.")
    try:
        content = base64.b64decode("".join(lines[1:-1]), validate=True)
    except ValueError:
        raise NotAKey("What stands between the PEM's lines is not base64.") from None
    if not content.startswith(head) or len(content) != len(head) + 32:
        raise NotAKey("The PEM holds another kind of key than Ed25519.")
    return content[len(head) :]


def _to_pem(kind: str, content: bytes) -> str:
    return f"-----BEGIN {kind}-----\n{base64.b64encode(content).decode()}\n-----END {kind}-----\n"
