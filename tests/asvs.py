"""`docs/asvs.csv`: OWASP ASVS 5.0 requirement by requirement; read here, held by `test_asvs`, counted by `python -m tests.asvs`."""

import ast
import csv
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE, PAGE = ROOT / "docs" / "asvs.csv", ROOT / "docs" / "security.md"
COLUMNS = ["id", "level", "requirement", "status", "shown by", "why"]
HOLDS, NOT_HERE, NOT_HELD = STATUSES = ("holds", "does not apply", "not held")
# Of OWASP's own 5.0.0: how many requirements of levels 1 and 2 each chapter has, and what it is called.
CHAPTERS = {
    1: (27, "Encoding and sanitization"),
    2: (11, "Validation and business logic"),
    3: (19, "Web frontend"),
    4: (10, "API and web service"),
    5: (9, "Files"),
    6: (35, "Authentication"),
    7: (18, "Sessions"),
    8: (7, "Authorization"),
    9: (7, "Self-contained tokens"),
    10: (29, "OAuth and OIDC"),
    11: (14, "Cryptography"),
    12: (9, "Communication"),
    13: (13, "Configuration"),
    14: (9, "Data protection"),
    15: (13, "Secure coding"),
    16: (16, "Logging and errors"),
    17: (7, "WebRTC"),
}
# What this house holds itself to beyond; 6.3.3 and 16.3.2 are of level 2 and say what level 3 would add.
OF_LEVEL_3 = ("2.3.5", "3.4.7", "3.4.8", "3.5.8", "7.5.3", "8.1.3", "8.1.4")
BEGIN, END = "<!-- counted from asvs.csv -->", "<!-- so far -->"


@dataclass(frozen=True)
class Row:
    id: str
    level: int
    requirement: str
    status: str
    shown_by: tuple[str, ...]
    why: str

    @property
    def chapter(self) -> int:
        return int(self.id.partition(".")[0])


@cache
def rows() -> tuple[Row, ...]:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        read = csv.DictReader(lines)
        if read.fieldnames != COLUMNS:
            raise ValueError(f"{TABLE.name} has the columns {read.fieldnames}.")
        return tuple(
            Row(
                row["id"],
                int(row["level"]),
                row["requirement"],
                row["status"],
                tuple(row["shown by"].split()),
                row["why"],
            )
            for row in read
        )


def faults(row: Row) -> Iterator[str]:
    if row.status not in STATUSES:
        yield f"{row.id}: {row.status!r} is no status."
    if row.status == HOLDS and not row.shown_by:
        yield f"{row.id} holds, and nothing shows it."
    if row.status != HOLDS and len(row.why.split()) < 4:
        yield f"{row.id} {'does not apply' if row.status == NOT_HERE else 'is not held'}, and it is not said why."
    for shown in row.shown_by:
        if why := _missing(shown):
            yield f"{row.id}: {shown} {why}."
    # A page shows what is documented; what is done is shown by what can fail.
    if (
        row.status == HOLDS
        and not _is_documentation(row)
        and not any("::" in one or one[0] == "." for one in row.shown_by)
    ):
        yield f"{row.id} is shown by pages alone."


def _is_documentation(row: Row) -> bool:
    return row.requirement.startswith("Documented: ")


def _missing(shown: str) -> str:
    path, _, test = shown.partition("::")
    path, _, heading = path.partition("#")
    if not (ROOT / path).is_file():
        return "is not there"
    if path.startswith("."):
        return "" if path in (ROOT / "Makefile").read_text(encoding="utf-8") else "is run by nobody"
    if path.startswith("docs/"):
        return "" if not heading or heading in headings(path) else "has no such heading"
    return "" if test in tests_in(path) else "has no such test"


@cache
def tests_in(path: str) -> frozenset[str]:
    """By reading, not by importing; one that is skipped outright is none."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    named = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))
    return frozenset(node.name for node in named if not any(_skips(mark) for mark in node.decorator_list))


def _skips(mark: ast.expr) -> bool:
    return bool(re.match(r"pytest\.mark\.(skip\(|skip$|xfail)", ast.unparse(mark)))


@cache
def headings(path: str) -> frozenset[str]:
    """As GitHub links to them."""
    found = re.findall(r"^#+ (.+)$", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    return frozenset(re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in found)


def summary() -> str:
    """Chapter by chapter, how much holds; what stands in docs/security.md."""
    lines = ["| chapter | holds | does not apply | not held |", "| --- | --- | --- | --- |"]
    for chapter, (_, name) in CHAPTERS.items():
        told = Counter(row.status for row in rows() if row.chapter == chapter)
        lines.append(f"| {chapter} {name} | " + " | ".join(str(told[status] or "") for status in STATUSES) + " |")
    whole = Counter(row.status for row in rows())
    lines.append(f"| {len(rows())} in all | " + " | ".join(str(whole[status]) for status in STATUSES) + " |")
    lines += ["", f"Not held: {', '.join(row.id for row in rows() if row.status == NOT_HELD)}."]
    return "\n".join(lines)


def on_the_page() -> str:
    return PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].strip()


if __name__ == "__main__":
    sys.stdout.write(summary() + "\n")
