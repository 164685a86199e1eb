"""A PNG from its first byte to its last: each chunk whole, the picture of a size that can be shown, and nothing behind it."""

import zlib
from collections.abc import Iterator

from backoffice.files.unfit import Unfit

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CRITICAL = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
# Which depths each kind of colour may have, as the standard lists them.
DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
LONGEST_SIDE, MOST_PIXELS = 20_000, 64_000_000
BROKEN = Unfit("is not a whole PNG. Open it, save it anew, and choose that one.")


def check(content: bytes) -> None:
    """Raises Unfit. No pixel is unpacked: how many there would be stands in the head, and is bounded there."""
    names = list(_chunks(content))
    data = [n for n, name in enumerate(names) if name == b"IDAT"]
    unknown = {name for name in names if name[:1].isupper()} - CRITICAL
    is_in_order = names[:1] == [b"IHDR"] and names.count(b"IHDR") == 1 and names.count(b"PLTE") <= 1
    is_in_one_piece = bool(data) and data == list(range(data[0], data[-1] + 1))
    if unknown or not is_in_order or not is_in_one_piece:
        raise BROKEN


def _chunks(content: bytes) -> Iterator[bytes]:
    """The name of each chunk up to the end, which must be the file's."""
    at, name = len(SIGNATURE), b""
    while name != b"IEND":
        name, body, at = _chunk(content, at)
        if name == b"IHDR":
            _check_head(body)
        yield name
    if body or at != len(content):
        raise Unfit("goes on behind the end of the picture. Open it, save it anew, and choose that one.")


def _chunk(content: bytes, at: int) -> tuple[bytes, bytes, int]:
    """The chunk at this place: its name, what it holds, and where the next one begins."""
    length, name = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
    end = at + 8 + length
    if not (name.isalpha() and len(name) == 4) or end + 4 > len(content):
        raise BROKEN
    if zlib.crc32(content[at + 4 : end]) != int.from_bytes(content[end : end + 4], "big"):
        raise BROKEN
    return name, content[at + 8 : end], end + 4


def _check_head(head: bytes) -> None:
    if len(head) != 13:
        raise BROKEN
    check_size(int.from_bytes(head[:4], "big"), int.from_bytes(head[4:8], "big"))
    depth, colour, packing, filtering, interlace = head[8:]
    if depth not in DEPTHS.get(colour, ()) or packing or filtering or interlace > 1:
        raise BROKEN


def check_size(width: int, height: int) -> None:
    """Raises Unfit where whoever opens the picture would need more memory than a page of paper is worth."""
    if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE and width * height <= MOST_PIXELS):
        raise Unfit(
            f"is a picture of {width:,} × {height:,} pixels; at most {MOST_PIXELS // 1_000_000} million are taken."
        )
