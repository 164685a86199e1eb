"""Files for the tests, and what a person uploads of them."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from backoffice.files import keeping
from backoffice.files.attached import Attached
from backoffice.files.kinds import BY_TYPE
from tests.paper import chunk, jpeg, packed, pdf, png, segment

__all__ = ["MADE", "chosen", "chunk", "jpeg", "packed", "pdf", "png", "segment", "uploaded"]

MADE = {"application/pdf": pdf, "image/png": png, "image/jpeg": jpeg}


def chosen(name: str = "swift-88412.pdf", content: bytes | None = None) -> SimpleUploadedFile:
    """A file as a browser sends it, of the kind that its name says; what it says itself of its type is anybody's word."""
    if content is None:
        kind = next(kind for kind in BY_TYPE.values() if name.lower().endswith(kind.endings))
        content = MADE[kind.type]()
    return SimpleUploadedFile(name, content, content_type="application/octet-stream")


def uploaded(by: Any, name: str = "swift-88412.pdf", content: bytes | None = None) -> Attached:
    """What somebody uploaded, and may submit something with."""
    return keeping.take(pdf() if content is None else content, name=name, by=by)
