"""The page of settings names each one that is read, and none that is not."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
READ = re.compile(r"""(?:environment\.(?:text|switch|one_of|seconds|secret|given|whole)|_secret)\(\s*"([A-Z_]+)\"""")
LISTED = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)


def test_each_setting_that_is_read_stands_on_the_page():
    settings = (ROOT / "backoffice/settings.py").read_text(encoding="utf-8")
    keys = {f"MANAGER_KEY_{name}" for name in ("WEB", "ACCOUNTS", "FUNDING", "REPORTING")}

    read = set(READ.findall(settings)) | keys

    assert set(LISTED.findall((ROOT / "docs/settings.md").read_text(encoding="utf-8"))) == read
