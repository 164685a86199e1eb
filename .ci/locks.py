"""Says whether the lock files are of the dependencies that pyproject.toml names; needs no index and no network."""

import hashlib
import json
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
HEADER_LINES = 3


def main() -> int:
    if "--digest" in sys.argv:
        print(digest())
        return 0
    stale = [name for name in LOCKS if digest() not in header(name)]
    for name in stale:
        print(f"{name} was compiled of other dependencies than pyproject.toml names: run `make lock`.")
    return 1 if stale else 0


def digest() -> str:
    """Of everything that decides a resolution; `make lock` writes it into the head of both files."""
    tables = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = tables["project"]
    decisive = [project["requires-python"], project["dependencies"], tables["dependency-groups"]]
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:16]


def header(name: str) -> str:
    return "\n".join((ROOT / name).read_text(encoding="utf-8").splitlines()[:HEADER_LINES])


if __name__ == "__main__":
    sys.exit(main())
