"""The one way in which figures leave as a file for a spreadsheet: numbers stay numbers, and no text becomes a formula."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.http import HttpResponse

from backoffice.ui import text

# What a spreadsheet reads as the beginning of a formula or of a command.
BEGINNINGS = frozenset("=+-@\t\r\n|%")
# Makes a cell text in every spreadsheet, and is what people know it by.
MARK = "'"
CSV = "text/csv; charset=utf-8"
Cell = str | int | Decimal | date | datetime | bool | None


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """A file of this name, which is one of ours and no person's words; it says its encoding, or Excel would guess."""
    response = HttpResponse(written(header, rows).encode("utf-8-sig"), content_type=CSV)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def written(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def cell(value: Cell) -> str | int:
    """By its type and not by how it looks: a negative amount is a number, and a name that begins with a minus is not."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return value
        case Decimal():
            return format(value, "f")
        case datetime():
            return text.machine(value)
        case date():
            return value.isoformat()
    return neutral(value)


def neutral(words: str) -> str:
    """Text as text: whatever it begins with once blanks, invisible signs and full-width forms are taken for what they are."""
    words = words.replace("\x00", "")
    plain = unicodedata.normalize("NFKC", words)
    visible = next((c for c in plain if not _is_passed_over(c)), "")
    is_formula = {words[:1], plain[:1], visible} & BEGINNINGS
    return f"{MARK}{words}" if words and is_formula else words


def _is_passed_over(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in ("Cf", "Cc")
