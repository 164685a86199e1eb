"""What we carry from others is what the tables say, and the sprite holds each icon once."""

import hashlib
import re
from pathlib import Path

import pytest

from backoffice.ui import icons

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| `([^`]+)` \|.*?`?([0-9a-f]{64})`? \|$", re.MULTILINE)
TABLES = (ROOT / "static" / "vendor", ROOT / "tests" / "vendor")
CARRIED = [
    (folder / name, digest) for folder in TABLES for name, digest in ROW.findall((folder / "VENDOR.md").read_text())
]


@pytest.mark.parametrize(("path", "digest"), CARRIED, ids=lambda value: getattr(value, "name", ""))
def test_a_file_is_the_one_in_the_table(path, digest):
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest


def test_every_file_has_its_row_and_every_folder_its_licence():
    files = [path for path in TABLES[0].rglob("*.*") if path.name != "VENDOR.md"]

    assert {path.resolve() for path, _ in CARRIED} >= {path.resolve() for path in files}
    assert all((path.parent / "LICENSE").exists() for path in files)


def test_the_sprite_holds_each_named_icon_once():
    found = re.findall(r'<symbol id="([^"]+)"', (ROOT / "static" / "icons.svg").read_text())

    assert found == list(icons.NAMES)


def test_no_template_breaks_the_content_policy():
    for path in (ROOT / "templates").rglob("*.html"):
        page = path.read_text()
        assert not re.search(r"\sstyle=|\son[a-z]+=|hx-on|javascript:|<style|<script(?! (defer )?src=)", page), path
