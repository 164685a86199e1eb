"""The rules of the house that no linter knows: sizes and names of files, and calls that swallow what must be heard."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("backoffice", "accounts", "funding", "reporting", "sandbox")
FOLDERS = (*PRODUCT, "tests", "bench", ".ci")
MOST_LINES = 250
# There is one settings file, so that a person who looks for a setting looks in one place; and what an auditor runs who
# trusts nobody is one file that needs no other.
LONG = {Path("backoffice/settings.py"), Path("backoffice/audit/verify_votes.py")}
NO_NAMES = {"utils", "helpers", "services", "managers", "signals"}
# `ignore_conflicts` makes an INSERT that a guard refused look like one that happened.
NO_KEYWORDS = {"ignore_conflicts"}


def main() -> int:
    found = [fault for path in ours() for fault in faults(path)]
    print("\n".join(found) or "The house is in order.")
    return 1 if found else 0


def ours() -> list[Path]:
    """Every Python file of ours; migrations are Django's."""
    paths = [path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    return [path for path in sorted(paths) if "migrations" not in path.parts]


def faults(path: Path) -> Iterator[str]:
    text = (ROOT / path).read_text(encoding="utf-8")
    if (lines := text.count("\n")) > MOST_LINES and path.parts[0] in PRODUCT and path not in LONG:
        yield f"{path}: {lines} lines; at {MOST_LINES} something wants out."
    if path.stem in NO_NAMES:
        yield f"{path}: `{path.stem}` does not say what is in it."
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.keyword) and node.arg in NO_KEYWORDS:
            yield f"{path}:{node.value.lineno}: {node.arg} swallows refused rows."


if __name__ == "__main__":
    sys.exit(main())
