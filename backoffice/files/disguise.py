"""What makes a file two things at once: a picture that is also an archive, a program or a page. Looked for in every kind."""

from backoffice.files.unfit import Unfit

# An archive is found by its end, which may be followed by a remark of at most 64 KiB.
ZIP_END, ZIP_END_SIZE, LONGEST_REMARK = b"PK\x05\x06", 22, 65_535
# None so short that compressed data would hold it by chance.
ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")
MARKUP = (b"<script", b"<iframe", b"<!doctype html", b"<?php", b"__halt_compiler")
PDF = b"%PDF-"


def refuse(content: bytes) -> None:
    """Raises Unfit where something else than the file itself would find a beginning in it."""
    if _holds_zip(content) or any(mark in content for mark in ARCHIVES):
        raise Unfit("holds an archive as well.")
    lowered = content.lower()
    if any(mark in lowered for mark in MARKUP):
        raise Unfit("holds a web page or a program as well.")


def refuse_pdf_inside(content: bytes) -> None:
    """Readers look for the beginning of a PDF anywhere near the front."""
    if PDF in content:
        raise Unfit("holds a PDF as well.")


def _holds_zip(content: bytes) -> bool:
    at = content.find(ZIP_END, max(0, len(content) - ZIP_END_SIZE - LONGEST_REMARK))
    while at >= 0:
        remark = int.from_bytes(content[at + 20 : at + ZIP_END_SIZE], "little")
        if at + ZIP_END_SIZE + remark <= len(content):
            return True
        at = content.find(ZIP_END, at + 1)
    return False
