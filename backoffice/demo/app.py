"""The app with codes that each of the cast has on their phone: RFC 6238, as any authenticator app reckons it."""

import base64
import hmac
import struct
import time
from collections.abc import Iterator

PERIOD, DIGITS = 30, 6
# A code that was used is refused; whoever needs another within half a minute takes the next one, as it comes.
MOST = 6


def code(seed: str, step: int) -> str:
    mac = hmac.digest(base64.b32decode(seed), struct.pack(">Q", step), "sha1")
    at = mac[-1] & 15
    (number,) = struct.unpack(">I", mac[at : at + 4])
    return f"{(number & 0x7FFFFFFF) % 10**DIGITS:0{DIGITS}}"


def codes(seed: str) -> Iterator[str]:
    """The code of now, then those around it, then each next one once its time has come."""
    step = int(time.time()) // PERIOD
    yield from (code(seed, step + near) for near in (0, 1, -1))
    for later in range(2, MOST):
        # It is taken from half a minute before its own time on.
        time.sleep(max(0.0, (step + later - 1) * PERIOD - time.time()))
        yield code(seed, step + later)
