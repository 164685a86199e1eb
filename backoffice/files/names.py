"""What a file is called: a name to read, of bounded length, that is never part of a path."""

import unicodedata
from pathlib import PurePosixPath

from backoffice.files.unfit import Unfit
from backoffice.safety.sealing import MARK
from backoffice.ui.fields import NOT_DECODED, REFUSED

LONGEST = 100


def fit(given: str) -> str:
    """The last part of a name, in NFC and shortened in its middle; raises Unfit where it cannot be read as it is written."""
    name = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2].strip()
    if any(unicodedata.category(c) in REFUSED or c == NOT_DECODED for c in name):
        raise Unfit("has invisible or control characters in its name. Rename it.")
    if MARK in name:
        raise Unfit(f"has “{MARK}” in its name, with which sealed text begins here. Rename it.")
    path = PurePosixPath(name)
    if not path.suffix or not path.stem.strip(". "):
        raise Unfit("has no name that says what it is. Rename it.")
    return path.stem[: LONGEST - len(path.suffix)] + path.suffix if len(name) > LONGEST else name
