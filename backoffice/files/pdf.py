"""A PDF that is whole and only to be read: nothing in it acts by itself, as far as that can be told without opening it.

Names are looked for where a reader looks for objects: in the file as it stands, however they are spelt, and in the objects
that are packed into streams, which are unpacked for it. What is encrypted, or packed in a way that hides objects from this
look, is refused. Page contents, fonts and pictures are not opened: a reader's own faults are not found here.
"""

import re
import zlib

from backoffice.files.unfit import Unfit

BEGINS = b"%PDF-"
HEADER = re.compile(rb"%PDF-(1\.[0-7]|2\.0)\s")
# The end says where the table of objects stands; behind it there is nothing but the end of a line.
TRAILER, TRAILER_SIZE = re.compile(rb"startxref\s{1,4}([0-9]{1,10})\s{1,4}%%EOF\s{0,4}\Z"), 64
TABLE = re.compile(rb"\s{0,4}(xref\s|[0-9]{1,10} [0-9]{1,5} obj)")
MOST_PACKED, MOST_UNPACKED, LONGEST_DICTIONARY = 2_000, 32 * 1024 * 1024, 4096
BROKEN = Unfit("is not a whole PDF. Print it to PDF anew, and choose that one.")
HIDDEN = Unfit("holds parts that cannot be looked into. Print it to PDF anew, and choose that one.")


def named(*names: str) -> re.Pattern[bytes]:
    """Finds these names of PDF, in which every letter may also be written as its number."""
    spelt = ("".join(f"(?:{letter}|#{ord(letter):02x}|#{ord(letter):02X})" for letter in name) for name in names)
    return re.compile(rf"/(?:{'|'.join(spelt)})(?![^\x00\s()<>\[\]{{}}/%])".encode())


ACTS = {
    named("Encrypt"): "is encrypted. Print it to PDF anew without a password, and choose that one.",
    named("JavaScript", "Rendition", "RichMedia", "XFA"): "holds a program. Print it to PDF anew, and choose that one.",
    named("Launch", "SubmitForm", "ImportData", "GoToR", "GoToE"): (
        "starts or fetches something when it is read. Print it to PDF anew, and choose that one."
    ),
    named("EmbeddedFile", "EmbeddedFiles"): "has files of its own inside. Upload those by themselves.",
}  # fmt: skip
PACKED, FILTER, PARAMETERS = named("ObjStm"), named("Filter", "F"), named("DecodeParms", "DP")
TYPED = re.compile(named("Type").pattern + rb"\s{0,4}" + PACKED.pattern)
DEFLATED = re.compile(rb"/Filter\s{0,4}(/(FlateDecode|Fl)|\[\s{0,4}/(FlateDecode|Fl)\s{0,4}\])\s{0,4}[/>]")
STREAM = re.compile(rb">>\s{0,4}stream(\r\n|\n)")


def check(content: bytes) -> None:
    """Raises Unfit."""
    ending = TRAILER.search(content, max(0, len(content) - TRAILER_SIZE))
    if content.count(BEGINS) != 1:
        raise Unfit("holds another PDF as well.")
    if not HEADER.match(content) or ending is None or not TABLE.match(content, int(ending[1])):
        raise BROKEN
    _refuse_what_acts(content)
    left = MOST_UNPACKED
    for count, found in enumerate(PACKED.finditer(content)):
        unpacked = _unpacked(content, found.start(), most=left) if count < MOST_PACKED else None
        if unpacked is None or len(unpacked) >= left:
            raise HIDDEN
        left -= len(unpacked)
        _refuse_what_acts(unpacked)


def _refuse_what_acts(text: bytes) -> None:
    for names, words in ACTS.items():
        if names.search(text):
            raise Unfit(words)


def _unpacked(content: bytes, at: int, *, most: int) -> bytes | None:
    """The objects of the stream whose dictionary holds this place; empty where they lie open, None where they are hidden."""
    begins = content.rfind(b"obj", max(0, at - LONGEST_DICTIONARY), at)
    stream = STREAM.search(content, at, at + LONGEST_DICTIONARY)
    if begins < 0 or stream is None:
        return None
    dictionary = content[begins : stream.start() + 2]
    if not TYPED.search(dictionary) or b"endobj" in dictionary:
        return None
    if not FILTER.search(dictionary):
        return b""
    ends = content.find(b"endstream", stream.end())
    is_plain = len(FILTER.findall(dictionary)) == 1 and not PARAMETERS.search(dictionary)
    if ends < 0 or not is_plain or not DEFLATED.search(dictionary):
        return None
    return _inflated(memoryview(content)[stream.end() : ends], most=most)


def _inflated(packed: memoryview, *, most: int) -> bytes | None:
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(packed, most)
    except zlib.error:
        return None
    return text if unpacking.eof else None
