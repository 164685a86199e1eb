"""An answer before it is put on the wire, and the one JSON encoder, which writes money as exact numbers."""

from typing import Any, NamedTuple

import msgspec

ENCODER = msgspec.json.Encoder(decimal_format="number")


def encoded(body: Any) -> bytes:
    return ENCODER.encode(body)


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str] = {}
