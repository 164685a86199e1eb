"""What each worker of the suite has for itself where several run side by side.

Databases get a suffix by pytest-django, files a folder by `tests/conftest.py`, and every server a free port; Redis has neither.
"""

import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

OF_EACH = 2
MEMORY = Path("/dev/shm")  # noqa: S108  # mkdtemp makes what lies there one person's alone
ENOUGH = 2**28


def number() -> int:
    """0 for the first worker, and for a run that has only one."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def folder() -> Path:
    """In memory where there is room: what a test writes need not outlive the machine, and commits wait for a disk."""
    is_quick = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH
    return Path(tempfile.mkdtemp(prefix="countersign-tests-", dir=MEMORY if is_quick else None))


def databases_of_redis() -> dict[str, str]:
    """The broker's and the cache's, counted down from those that are given: a test empties its own, and nobody else's."""
    given = {name: os.environ.get(name, "") for name in ("CELERY_BROKER_URL", "CACHE_URL")}
    return {name: _counted_down(url) for name, url in given.items() if url.startswith("redis:")}


def _counted_down(url: str) -> str:
    parts = urlsplit(url)
    theirs = int(parts.path.strip("/") or 0) - OF_EACH * number()
    if theirs < 0:
        raise pytest.UsageError(
            f"Below {url} Redis has no databases for so many workers: name higher ones, or run fewer."
        )
    return parts._replace(path=f"/{theirs}").geturl()
