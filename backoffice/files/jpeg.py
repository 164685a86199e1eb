"""A JPEG from its first byte to its last: each segment in its place, a size that can be shown, and nothing behind it."""

import re

from backoffice.files.png import check_size
from backoffice.files.unfit import Unfit

BEGINS = b"\xff\xd8\xff"
# Baseline, extended and progressive: what every reader shows.
FRAMES, SCAN, END = {0xC0, 0xC1, 0xC2}, 0xDA, 0xD9
# Tables, restart interval, remarks and what programs add; each with its length.
OTHERS = {0xC4, 0xDB, 0xDD, 0xFE, *range(0xE0, 0xF0)}
# In the packed pixels FF stands for itself before 00, and D0 to D7 are places to start again.
MARKER, MOST_SCANS = re.compile(rb"\xff+([^\x00\xff])"), 100
AFTER_PIXELS = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
BROKEN = Unfit("is not a whole JPEG. Open it, save it anew, and choose that one.")


def check(content: bytes) -> None:
    """Raises Unfit. No pixel is unpacked: how many there would be stands in the head, and is bounded there."""
    frames, scans = 0, 0
    marker, at = _marker(content, 2)
    while marker != END:
        body, at = _segment(content, at)
        if marker in FRAMES:
            frames += 1
            _check_head(body)
        elif marker == SCAN:
            scans += 1
            at = _behind_pixels(content, at)
        elif marker not in OTHERS:
            raise BROKEN
        if frames > 1 or scans > frames * MOST_SCANS:
            raise BROKEN
        marker, at = _marker(content, at)
    if not scans:
        raise BROKEN
    if at != len(content):
        raise Unfit("goes on behind the end of the picture. Open it, save it anew, and choose that one.")


def _marker(content: bytes, at: int) -> tuple[int, int]:
    """The marker at this place, and where what belongs to it begins; it may be padded with FF."""
    found = MARKER.match(content, at)
    if found is None:
        raise BROKEN
    return found[1][0], found.end()


def _segment(content: bytes, at: int) -> tuple[bytes, int]:
    """What stands behind a marker, and where the next one begins; its length counts itself."""
    length = int.from_bytes(content[at : at + 2], "big")
    if length < 2 or at + length > len(content):
        raise BROKEN
    return content[at + 2 : at + length], at + length


def _check_head(head: bytes) -> None:
    if len(head) < 6 or head[0] not in (8, 12) or head[5] not in (1, 3, 4) or len(head) != 6 + 3 * head[5]:
        raise BROKEN
    check_size(int.from_bytes(head[3:5], "big"), int.from_bytes(head[1:3], "big"))


def _behind_pixels(content: bytes, at: int) -> int:
    found = AFTER_PIXELS.search(content, at)
    if found is None:
        raise BROKEN
    return found.start()
