"""An authenticator in software, which tells whatever lie a test wants of it: P-256 or RSA, without attestation."""

import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.utils import websafe_encode

ALGORITHMS = {"es256": -7, "rs256": -257, "eddsa": -8}
PRESENT, VERIFIED, ATTESTED = 1, 4, 64
# Nothing of ours knows what kind of key it is.
NO_MODEL = bytes(16)


@dataclass
class SoftKey:
    """One key on one site. What it claims is what its fields say."""

    origin: str
    host: str
    counter: int = 1
    flags: int = PRESENT | VERIFIED
    cross_origin: Any = False
    algorithm: str = "es256"
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def __post_init__(self) -> None:
        self.private: Any = {
            "es256": lambda: ec.generate_private_key(ec.SECP256R1()),
            "rs256": lambda: rsa.generate_private_key(65537, 2048),
            "eddsa": ed25519.Ed25519PrivateKey.generate,
        }[self.algorithm]()

    def create(self, options: dict[str, Any], **claims: Any) -> str:
        """The answer to being enrolled, as a browser's toJSON() writes it."""
        public = cbor.encode(
            dict(CoseKey.for_alg(ALGORITHMS[self.algorithm]).from_cryptography_key(self.private.public_key()))
        )
        made = NO_MODEL + struct.pack(">H", len(self.id)) + self.id + public
        data = self._data(self.flags | ATTESTED) + made
        attested = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client({"type": "webauthn.create", "challenge": options["challenge"], **claims})
        return self._answer({"clientDataJSON": client, "attestationObject": attested}, "clientExtensionResults")

    def get(self, options: dict[str, Any], **claims: Any) -> str:
        """What it signs."""
        data = self._data(self.flags)
        client = self._client({"type": "webauthn.get", "challenge": options["challenge"], **claims})
        signed = self._sign(data + hashlib.sha256(client).digest())
        return self._answer(
            {"clientDataJSON": client, "authenticatorData": data, "signature": signed}, "clientExtensionResults"
        )

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + struct.pack(">I", self.counter)

    def _client(self, told: dict[str, Any]) -> bytes:
        return json.dumps({"origin": self.origin, "crossOrigin": self.cross_origin} | told).encode()

    def _sign(self, what: bytes) -> bytes:
        if self.algorithm == "es256":
            return bytes(self.private.sign(what, ec.ECDSA(hashes.SHA256())))
        if self.algorithm == "rs256":
            return bytes(self.private.sign(what, padding.PKCS1v15(), hashes.SHA256()))
        return bytes(self.private.sign(what))

    def _answer(self, parts: dict[str, bytes], more: str) -> str:
        response = {name: websafe_encode(value) for name, value in parts.items()}
        return json.dumps(
            {
                "id": websafe_encode(self.id),
                "rawId": websafe_encode(self.id),
                "type": "public-key",
                "response": response,
                more: {},
            }
        )
