"""Small files that are what they say, made by hand; nothing of Django's is needed for it."""

import struct
import zlib


def pdf(text: str = "SWIFT MT103", *, objects: bytes = b"", trailer: bytes = b"") -> bytes:
    """One empty page; `objects` are added to its body and `trailer` to its trailer."""
    body = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    places = []
    for number, inside in enumerate(
        (
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
            b"(" + text.encode() + b")",
        ),
        start=1,
    ):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, inside)
    body += objects
    table = b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % at for at in places)
    end = b"trailer\n<< /Size 5 /Root 1 0 R %s>>\nstartxref\n%d\n%%%%EOF\n" % (trailer, len(body))
    return body + table + end


def packed(objects: bytes, *, dictionary: bytes = b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode") -> bytes:
    """An object of a PDF that holds others, packed."""
    data = zlib.compress(objects)
    head = b"9 0 obj\n<< %s /Length %d >>\nstream\n" % (dictionary, len(data))
    return head + data + b"\nendstream\nendobj\n"


def chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(*, width: int = 1, height: int = 1, more: bytes = b"", behind: bytes = b"") -> bytes:
    """A black picture; `more` are chunks before its pixels."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + more + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND") + behind


def segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def jpeg(*, width: int = 1, height: int = 1, more: bytes = b"", behind: bytes = b"") -> bytes:
    """The segments of a picture of one colour; its pixels are of no matter to who does not unpack them."""
    frame = segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00")
    scan = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd0\x56"
    return b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + more + frame + scan + b"\xff\xd9" + behind
