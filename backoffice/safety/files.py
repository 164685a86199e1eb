"""Whether the files that hold secrets are read by nobody else on their machine."""

import stat
from pathlib import Path


def why_not(path: Path) -> str:
    """Why such a file keeps no secret, in words; empty where it does."""
    try:
        mode = path.stat().st_mode
        is_reached = all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents)
    except OSError:
        return "cannot be read"
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "can be written by others than its owner; chmod 400"
    if mode & stat.S_IROTH and is_reached:
        return "can be read by everybody on this machine; chmod 400, and chown it to who runs this process"
    return ""
