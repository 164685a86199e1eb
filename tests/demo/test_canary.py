"""Canaries: known secrets in every place where a secret may be, the main job through real processes, and then a search for them."""

import base64
import json
import os
import re
import secrets
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote_plus, urlsplit

import httpx
import psycopg
import pytest
import redis
from django.core import signing
from psycopg import sql

from backoffice.audit import ed25519
from backoffice.demo import forms, processes, scratch
from backoffice.demo.cast import CAST, PASSWORD
from backoffice.demo.mainjob import ASKED, CHECKED, MainJob
from backoffice.demo.prepare import prepare
from backoffice.demo.supervise import House
from backoffice.demo.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]

MANAGERS = {f"MANAGER_KEY_{name}": f"demo-{name.lower()}-key" for name in ("WEB", "ACCOUNTS", "FUNDING", "REPORTING")}
DOOR = "the page at the door"
VISITED = (
    "/", "/operations/", "/approvals/", "/exceptions/", "/connections/", "/calendar/", "/policy/", "/accounts/128001/",
    "/audit/", "/people/", "/changes/", "/nothing-here/", "/sign-in/", "/sign-in/password/", "/funding/deposit/?login=128001",
    "/search/?q=128001", "/_ui/", "/readyz",
)  # fmt: skip


def canary() -> str:
    """Like a secret that people make, and found nowhere else on earth."""
    return "canary-" + secrets.token_urlsafe(36)


@pytest.fixture
def planted(monkeypatch) -> dict[str, str]:
    """A secret of its own for every setting that takes one; the sandbox knows the keys that it knows."""
    pem = ed25519.secret_to_pem(ed25519.new_secret())
    told = (
        {name: canary() for name in ("SECRET_KEY", "AUDIT_KEY", "SEAL_KEYS", "CLIENT_KEYS")}
        | {"CHECKPOINT_KEY": pem}
        | MANAGERS
    )
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    return told | {"CHECKPOINT_KEY": pem.splitlines()[1]}


def test_no_secret_comes_to_rest_or_goes_out(planted, tmp_path):
    said: list[str] = []
    typed = {"typed into the password": canary(), "typed into the name": canary(), "a new password": canary()}
    with scratch.place() as place:
        passwords = {name: place.extra[name] for name in place.extra if name.startswith("DATABASE_PASSWORD")}
        with House(say=said.append) as house:
            prepare(place)
            house.start([processes.sandbox(place)])
            house.start(processes.house(place))
            pages = Pages()
            job = MainJob(place, say=said.append)
            for visitor in (job.mia, job.carl):
                pages.hear(visitor.http)
            job.play()
            sessions = _wander(place.url, pages, typed)
            house.look()
            everywhere = {
                **dict(_files(place.data)), "the logs": "\n".join(said).encode(),
                **pages.out(), **dict(_tables(place)), **dict(_redis()),
            }  # fmt: skip
        about = {"a client, what Mia wrote": ASKED, "a client, what Carl wrote": CHECKED, **_client(pages)}
        sought = planted | passwords | typed | {"the cast's password": PASSWORD} | sessions | about

        assert len(pages.heard) > 40
        assert any("Completed" in page for page in pages.heard)
        assert len(everywhere["the logs"]) > 2000, "what is not logged is no proof"
        assert b"payment_reference" in b"".join(everywhere.values())
        assert _found(sought, everywhere) == []


def _found(sought: dict[str, str], everywhere: dict[str, bytes]) -> list[str]:
    return [
        f"{name} ({how}) in {place}"
        for name, secret in sought.items()
        for how, form in _forms(secret).items()
        for place, content in everywhere.items()
        if form in content and not _is_where_it_belongs(name, place)
    ]


def _client(pages: "Pages") -> dict[str, str]:
    """Who the client is, as the page of the account says it."""
    found = re.compile(r'<div class="client"><strong><bdi>([^<]+)</bdi></strong><bdi>([^<]+@[^<]+)</bdi>')
    name, email = next(told.groups() for page in pages.heard if (told := found.search(page)))
    return {"a client, e-mail": email, "a client, name": name}


def _forms(secret: str) -> dict[str, bytes]:
    """As it is, and as what carries things along would write it."""
    plain = secret.encode()
    return {
        "as it is": plain, "in a form": quote_plus(secret).encode(), "in JSON": json.dumps(secret)[1:-1].encode(),
        "in hex": plain.hex().encode(), "backwards": plain[::-1],
        # Wherever it begins in what was encoded; its edges are shared with what stands beside it.
        **{f"in base64, {n}": base64.b64encode(b"_" * n + plain)[4 if n else 0 : -4] for n in range(3)},
    }  # fmt: skip


def _is_where_it_belongs(name: str, place: str) -> bool:
    """A session's key is what its row is found by. A name that was typed stands in the form again, for whoever typed it;
    and at its own door the demo, and only the demo, says with which password one comes in."""
    if name in ("typed into the name", "the cast's password"):
        return place == DOOR
    if name.startswith("a client"):
        return place == "what went out"
    return name.startswith("session") and ("django_session" in place or place.startswith("countersign.sqlite3"))


class Pages:
    """Everything that goes out to people: bodies, and headers but for the cookies that are meant for the browser alone."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def hear(self, client: httpx.Client) -> None:
        client.event_hooks["response"].append(self._keep)

    def out(self) -> dict[str, bytes]:
        """What went out, the pages at the door apart from all others."""
        at_the_door = [page for page in self.heard if urlsplit(page.partition("\n")[0]).path == "/sign-in/"]
        others = [page for page in self.heard if page not in at_the_door]
        return {DOOR: "\n".join(at_the_door).encode(), "what went out": "\n".join(others).encode()}

    def _keep(self, answer: httpx.Response) -> None:
        answer.read()
        headers = [f"{name}: {value}" for name, value in answer.headers.items() if name != "set-cookie"]
        self.heard.append("\n".join([str(answer.url), *headers, answer.text]))


def _wander(url: str, pages: Pages, typed: dict[str, str]) -> dict[str, str]:
    """Wrong passwords, a changed one, and every eye on every page; the sessions that came of it."""
    found: dict[str, str] = {}
    for member in CAST:
        with Visitor(member, url=url) as visitor:
            pages.hear(visitor.http)
            if member.username == "nils":
                _mistype(visitor, typed)
            visitor.sign_in()
            found |= {
                f"session of {member.username}": value
                for name, value in visitor.http.cookies.items()
                if "session" in name
            }
            for path in VISITED:
                visitor.http.get(path)
    assert len(found) == len(CAST)
    return found


def _mistype(visitor: Visitor, typed: dict[str, str]) -> None:
    for login, password in (("nils", typed["typed into the password"]), (typed["typed into the name"], "x")):
        form = visitor.form("/sign-in/", having="password")
        visitor.post(forms.Form(form.action, form.method, form.filled(login=login, password=password)), at="/sign-in/")


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Everything below the data folder: databases with their logs, transport, cache, checkpoints, beat's notes."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "sandbox" not in path.relative_to(folder).parts:
            yield str(path.relative_to(folder)), path.read_bytes()


def _tables(place: processes.Place) -> Iterator[tuple[str, bytes]]:
    """Every row of every table on PostgreSQL (a file was read whole), and what sessions and cache hold once they are unpacked."""
    packed: list[str] = []
    if url := place.extra.get("DATABASE_URL"):
        with psycopg.connect(url) as server:
            names = server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            for (name,) in names:
                rows = server.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(name))).fetchall()
                yield f"the table {name}", "\n".join(row for (row,) in rows).encode()
            packed += [row for (row,) in server.execute("SELECT session_data FROM django_session").fetchall()]
    else:
        packed += _column(place.data / "countersign.sqlite3", "SELECT session_data FROM django_session")
    if (cache := place.data / "cache.sqlite3").exists():
        packed += _column(cache, "SELECT value FROM cache")
    unpacked = [unpack(text) for text in packed]
    assert any(b"_auth_user_id" in text for text in unpacked), "no session was looked into"
    yield "what sessions and cache hold", b"\n".join(unpacked)


def _column(path: Path, query: str) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return [row for (row,) in database.execute(query)]


def unpack(text: str) -> bytes:
    """What Django signs (after a dot, packed), or pickles for its cache, as bytes that can be searched."""
    body = text.lstrip(".").partition(":")[0]
    content = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_" if ":" in text else None)
    return zlib.decompress(content) if text.startswith(".") else content


def _redis() -> Iterator[tuple[str, bytes]]:
    for name in ("CACHE_URL", "CELERY_BROKER_URL"):
        if (url := os.environ.get(name, "")).startswith("redis"):
            with redis.Redis.from_url(url) as store:
                yield name, b"\n".join(key + b" " + (store.dump(key) or b"") for key in store.keys("*"))


@pytest.mark.timeout(30)
def test_the_search_finds_what_is_there():
    secret = canary()
    hidden = {
        "as it is": f"x{secret}y".encode(),
        "in hex": secret.encode().hex().encode(),
        **{f"in base64, {n}": base64.b64encode(b"x" * n + secret.encode() + b"yz") for n in range(3)},
    }

    for how, content in hidden.items():
        assert f"s ({how}) in a place" in _found({"s": secret}, {"a place": content})
    assert _found({"s": secret}, {"a place": b"nothing"}) == []


@pytest.mark.timeout(30)
@pytest.mark.parametrize("size", [1, 200])
def test_what_is_packed_is_unpacked(size):
    secret = canary()

    assert secret.encode() in unpack(signing.dumps({"key": secret * size}, key="x" * 40, compress=True))
