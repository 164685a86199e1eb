"""What the house stands on: no code out of text, no message that is unpickled, nothing guessable, nothing deployed that only helps to build."""

import ast
import os
import pickle
import re
import socket
import subprocess
import sys
import time

import pytest
from allauth.socialaccount.models import SocialToken
from django.conf import settings
from django.test import Client
from kombu import serialization
from kombu.exceptions import ContentDisallowed

from backoffice.celery import app
from backoffice.demo import ports
from backoffice.operations.models import Operation
from tests import play
from tests.signing_in import door

ROOT = settings.ROOT
# What is deployed and serves or works; the demo starts processes, which is what it is for.
CODE = [
    path
    for folder in ("backoffice", "accounts", "funding")
    for path in (ROOT / folder).rglob("*.py")
    if "demo" not in path.parts and "migrations" not in path.parts
]
NO_MODULES = {"subprocess", "pickle", "marshal", "shelve", "yaml", "xml", "lxml", "code", "jinja2", "random"}
NO_CALLS = {"eval", "exec", "compile", "__import__", "Template", "system", "popen", "from_string"}
# Marks of our own that hold nothing of anybody's: `aria-hidden`, and what the partials of a component already escaped.
SAFE_BY_HAND = {"backoffice/ui/templatetags/ui.py"}
CRYPTOGRAPHY = {"hashlib", "hmac", "secrets", "cryptography", "jwt", "fido2"}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def called(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "id", getattr(node.func, "attr", ""))


# Code and text


def test_nothing_that_serves_starts_a_process_or_runs_text():
    assert len(CODE) > 200
    found = [(path.name, name) for path in CODE for name in imported(path) if name in NO_MODULES]
    # `re.compile` is no compile of code.
    found += [
        (path.name, name) for path in CODE for name in called(path) if name in NO_CALLS and not _is_of_re(path, name)
    ]

    assert found == []


def _is_of_re(path, name):
    return name == "compile" and "re" in imported(path) and not re.search(r"(?<!re\.)\bcompile\(", path.read_text())


def test_templates_escape_and_no_text_is_marked_safe_beside_the_known():
    templates = "".join(path.read_text() for path in (ROOT / "templates").rglob("*.html"))
    assert not re.search(r"\|\s*safe\b|autoescape off|safeseq", templates)

    marked = {str(path.relative_to(ROOT)) for path in CODE if {"mark_safe", "SafeString"} & set(called(path))}
    assert marked == SAFE_BY_HAND


def test_no_message_is_unpickled():
    packed = pickle.dumps({"pk": 1})

    assert list(app.conf.accept_content) == ["json"]
    with pytest.raises(ContentDisallowed):
        serialization.loads(packed, "application/x-python-serialize", "binary", accept=app.conf.accept_content)
    assert settings.SESSION_SERIALIZER.endswith("JSONSerializer")


def test_what_nobody_may_guess_is_of_the_secure_generator():
    """`random` is imported nowhere that is deployed; what is made up comes from `secrets`, or from libraries that use it."""
    assert not [path for path in CODE if "random" in imported(path)]
    assert {path.stem for path in CODE if "secrets" in imported(path)} >= {
        "passwords",
        "recovery",
        "codes",
        "sso_tokens",
    }


def test_each_use_of_cryptography_stands_on_the_page():
    page = (ROOT / "docs" / "keys.md").read_text()
    used = {str(path.relative_to(ROOT)) for path in CODE if CRYPTOGRAPHY & set(imported(path))}

    assert {path for path in used if f"`{path}`" not in page} == set()
    assert {
        path for path in re.findall(r"`((?:backoffice|funding|accounts)/[\w/]+\.py)`", page) if path not in used
    } == set()


# Sessions and sign-in


@pytest.mark.django_db
def test_a_session_has_a_key_that_nobody_can_guess_and_a_new_one_with_each_sign_in(mia):
    keys = []
    for near in (0, 1):
        client = Client()
        door.knock(client, "mia")
        before = client.cookies[settings.SESSION_COOKIE_NAME].value
        client.post(door.SECOND, {"code": door.code("mia", near)})
        after = client.cookies[settings.SESSION_COOKIE_NAME].value
        keys += [before, after]
        stolen = Client()
        stolen.cookies[settings.SESSION_COOKIE_NAME] = before
        assert not door.is_in(stolen)

    # 36 characters to choose from: 25 of them are the fewest with 128 bits.
    assert len(set(keys)) == 4
    assert all(re.fullmatch("[a-z0-9]{25,}", key) for key in keys)


@pytest.mark.django_db
def test_a_refused_sign_in_stands_in_the_trail(mia):
    door.knock(Client(), "mia", "not this one")

    (told,) = door.told("sign_in_refused")
    assert "not this one" not in str(told.__dict__)


@pytest.mark.django_db
def test_no_token_of_the_provider_is_kept():
    assert settings.SOCIALACCOUNT_STORE_TOKENS is False
    assert not SocialToken.objects.exists()


# Forms


@pytest.mark.django_db
def test_a_form_takes_the_fields_that_it_offers_and_no_other(mia, carl, sandbox, signed_in):
    """Whatever else is sent along names columns of the row that it makes."""
    columns = {
        field.name: "1" for field in Operation._meta.get_fields() if field.name not in ("login", "amount", "comment")
    }
    more = columns | {"state": "approved", "maker": str(carl.pk), "maker_id": str(carl.pk), "approved_by": "carl"}

    client = signed_in(mia)
    post = client.post
    client.post = lambda path, data=None, **options: post(path, more | dict(data or {}), **options)
    operation = play.deposited(client, 128001, "250.00")

    assert (operation.state, operation.made_by.username) == ("awaiting_approval", "mia")
    assert operation.pk.hex != "1"


@pytest.mark.django_db
def test_a_name_that_comes_twice_counts_once(mia, sandbox, signed_in):
    client = signed_in(mia)
    post = client.post
    client.post = lambda path, data=None, **options: post(
        path,
        {name: ["99999999" if name == "amount" else value, value] for name, value in dict(data or {}).items()},
        **options,
    )

    operation = play.deposited(client, 128001, "250.00")

    assert operation.amount == 250
    assert Operation.objects.count() == 1


# What is deployed


def test_the_image_holds_what_runs_and_nothing_else():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}

    assert next(line for line in lines if line and not line.startswith("#")) == "*"
    assert not {
        name for name in let_in if name.split("/")[0] in ("tests", "bench", "sandbox", "docs", ".git", ".data", ".env")
    }
    assert "backoffice/demo" in lines
    assert "rm -r .ci" in (ROOT / "Dockerfile").read_text()


def test_what_is_made_up_is_the_demos_alone(tmp_path):
    """The gallery and the demo's page are asked for in a process that is set as a deployment is."""
    given = dict(
        line.split("=", 1)
        for line in (ROOT / ".ci" / "production.env").read_text().splitlines()
        if line and line[0] != "#"
    )
    words = (
        "import django; django.setup(); from django.urls import get_resolver; from django.apps import apps;"
        "print([str(each.pattern) for each in get_resolver().url_patterns], apps.is_installed('backoffice.demo'))"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "backoffice.settings",
        "DATA_DIR": str(tmp_path),
    }
    told = subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, env=environment | given, capture_output=True, text=True, check=True
    ).stdout

    assert "'audit/'" in told
    assert "_ui/" not in told
    assert told.strip().endswith("False")


# Between a proxy and us


@pytest.fixture(scope="module")
def served():
    (port,) = ports.free(1)
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--log-level", "critical", "tests.safety.echo:echo"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"DEMO": "1"})
    try:
        for _ in range(600):
            if process.poll() is None and _answers(port):
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _answers(port):
    try:
        return b"200 OK" in _exchange(port, b"GET /up HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    except OSError:
        return False


def _exchange(port, sent):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        wire.sendall(sent)
        wire.settimeout(2)
        heard = b""
        try:
            while piece := wire.recv(65536):
                heard += piece
        except TimeoutError:
            pass
        return heard


HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
SMUGGLED = {
    "a length beside chunks": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks by another name": b"Content-Length: %d\r\nTransfer-Encoding: xchunked\r\n\r\n" % len(HIDDEN),
    "two lengths": b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN),
    "a length with a sign": b"Content-Length: +0\r\n\r\n",
    "a blank before the colon": b"Content-Length : 0\r\n\r\n",
}


@pytest.mark.parametrize("how", SMUGGLED)
def test_a_body_of_two_lengths_is_no_second_request(how, served):
    """Refused, or read as the standard says: chunks go before a length. Nothing that a proxy took for a body is asked for."""
    heard = _exchange(
        served, b"POST /first HTTP/1.1\r\nHost: x\r\n" + SMUGGLED[how] + (b"" if "beside" in how else HIDDEN)
    )

    assert b"/hidden" not in heard
    assert heard.count(b"HTTP/1.1 ") <= 1
