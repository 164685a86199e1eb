"""What kind a file is: by its content alone, with a name that agrees; whatever is none of these is not taken."""

from collections.abc import Callable
from dataclasses import dataclass

from backoffice.files import disguise, jpeg, pdf, png
from backoffice.files.unfit import Unfit

LARGEST = 5 * 1024 * 1024


@dataclass(frozen=True)
class Kind:
    """`type` is what a browser is told, `label` what people read."""

    type: str
    label: str
    endings: tuple[str, ...]
    begins: bytes
    checks: tuple[Callable[[bytes], None], ...]


KINDS = (
    Kind("application/pdf", "PDF", (".pdf",), pdf.BEGINS, (disguise.refuse, pdf.check)),
    Kind("image/png", "PNG", (".png",), png.SIGNATURE, (disguise.refuse, disguise.refuse_pdf_inside, png.check)),
    Kind(
        "image/jpeg", "JPEG", (".jpg", ".jpeg"), jpeg.BEGINS, (disguise.refuse, disguise.refuse_pdf_inside, jpeg.check)
    ),
)
BY_TYPE = {kind.type: kind for kind in KINDS}


def of(content: bytes, *, name: str) -> Kind:
    """Raises Unfit where it is not wholly one of the kinds, or goes by the name of another."""
    if not content:
        raise Unfit("is empty.")
    if len(content) > LARGEST:
        raise Unfit(f"is larger than {LARGEST // 1024**2} MiB.")
    kind = next((kind for kind in KINDS if content.startswith(kind.begins)), None)
    if kind is None:
        raise Unfit("is neither a PDF nor a PNG or JPEG picture.")
    if not name.lower().endswith(kind.endings):
        raise Unfit(f"is a {kind.label} by its content, which its name does not say.")
    for check in kind.checks:
        check(content)
    return kind
