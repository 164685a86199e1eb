"""A file as whoever attaches it names it: its name, the hash of its content, how much it is, and of which type."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backoffice.files.kinds import BY_TYPE, LARGEST

SHA256 = re.compile(r"[0-9a-f]{64}")
FIELDS = {"name": str, "sha256": str, "size": int, "type": str}


@dataclass(frozen=True, kw_only=True)
class Attached:
    """One line of a payload's evidence; what is approved binds all four."""

    name: str
    sha256: str
    size: int
    type: str

    @property
    def label(self) -> str:
        return BY_TYPE[self.type].label

    @property
    def measure(self) -> str:
        """`12.3 kB`, as file managers write it."""
        if self.size < 1000:
            return f"{self.size} bytes"
        return f"{self.size / 1000:,.1f} kB" if self.size < 1_000_000 else f"{self.size / 1_000_000:,.1f} MB"

    @property
    def fields(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in FIELDS}


def from_fields(fields: Mapping[str, Any]) -> Attached:
    """Raises ValueError where it is not exactly that."""
    if fields.keys() != FIELDS.keys() or any(type(fields[name]) is not kind for name, kind in FIELDS.items()):
        raise ValueError("A file is named by its name, hash, size and type.")
    found = Attached(**fields)
    if not SHA256.fullmatch(found.sha256) or found.type not in BY_TYPE or not 0 < found.size <= LARGEST:
        raise ValueError(f"{found.name} is named by what no file has.")
    return found
