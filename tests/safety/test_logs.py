"""What is logged: one line each, structured, and without a secret, whoever logs it and in whatever it is wrapped."""

import json
import logging
import time

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from backoffice.safety import logs, redaction
from backoffice.safety.redaction import HIDDEN, redacted

CANARY = "hunter2-Tr0ub4dor"
TOKEN = "q7Xw2Lz9KfVb3NcT8yRm4HsPd6JgEaU1oI5iQxWk0v=="
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
SAID = {
    "a bearer": f"sent with Authorization: Bearer {CANARY}",
    "a bearer by itself": f"bearer {CANARY}",
    "basic": "authorization: Basic aHVudGVyMi1UcjB1YjRkb3I=",
    "a header as a dictionary": str({"authorization": f"Bearer {CANARY}", "accept": "*/*"}),
    "a password": f"password={CANARY}",
    "a password in JSON": json.dumps({"login": "mia", "password": CANARY}),
    "a password in Python": str({"new_password": CANARY}),
    "a password of an address": f"postgres://web:{CANARY}@database:5432/countersign",
    "a password of Redis": f"redis://:{CANARY}@redis:6379/0",
    "a form": f"login=mia&password={CANARY}&next=/",
    "a cookie": f"Cookie: theme=dark; __Host-session={CANARY}",
    "a set cookie": f"Set-Cookie: __Host-session={CANARY}; Secure; HttpOnly",
    "a session": f"sessionid={CANARY}; path=/",
    "a csrf token": f"csrfmiddlewaretoken={CANARY}",
    "a secret in quotes": f"client_secret: '{CANARY} and more'",
    "a private key": f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----",
    "half a private key": f"-----BEGIN PRIVATE KEY-----\n{CANARY}",
    "a one-time code": f"otp={CANARY}",
    "an api key": f"x-api-key: {CANARY}",
}
HARMLESS = [
    "Operation 01890000-0000-7000-8000-000000000001 is claimed; nothing is sent in funding.",
    f"The chain holds, head {HASH}.",
    "/srv/app/Lib/python3.11/site-packages/django/Core/handlers/Base.py line 197",
    "Looking after funding failed; it is tried again.",
    "Line 17 of /checkpoints/checkpoints.jsonl is no checkpoint",
    "DEP-7K2MQ4 250.00 USD to 128001, waited 0.25 s",
    "12:30:15 passed; the key was turned, the session is over, tokens are counted",
]
BY_NAME = "password new_password secret client_secret token csrftoken authorization Cookie sessionid session_key api_key key seed".split()


@pytest.fixture
def line():
    """`line(message, *args, as_json=True, …)`: the line that is written of it."""

    def written(message, *arguments, as_json=True, exc_info=None, **extra):
        record = logging.getLogger("test").makeRecord(
            "test", logging.WARNING, __file__, 1, message, arguments, exc_info, extra=extra
        )
        return logs.formatter(as_json=as_json).format(record)

    return written


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("name", SAID)
def test_what_looks_like_a_secret_is_hidden(line, name, as_json):
    said = SAID[name]

    for told in (
        line(said, as_json=as_json),
        line("It says %s", said, as_json=as_json),
        line("It says", detail={"a": [said]}, as_json=as_json),
    ):
        assert CANARY not in told
        assert "aHVudGVyMi1" not in told
        assert HIDDEN in told


@pytest.mark.parametrize("name", BY_NAME)
def test_what_goes_by_the_name_of_a_secret_is_hidden_whatever_it_is(line, name):
    told = line("It failed.", **{name: "short"}, deep={name: ["short", {"x": "short"}]})

    assert "short" not in told


def test_a_long_mix_of_letters_and_digits_is_hidden(line):
    assert TOKEN not in line("it is %s here", TOKEN)
    assert TOKEN[:40] not in line("it is %s here", {"data": TOKEN[:40].encode()})


@pytest.mark.parametrize("said", HARMLESS)
def test_what_is_no_secret_is_told(line, said):
    assert json.loads(line(said))["event"] == said


def test_what_this_process_holds_is_hidden_wherever_it_stands(line):
    for secret in (settings.SECRET_KEY, settings.AUDIT_KEY.reveal(), settings.MANAGER_KEYS["funding"].reveal()):
        assert secret not in line(f"x{secret}y")
    assert settings.MANAGER_KEYS["web"].reveal() in redaction.held()


def test_a_trace_is_told_without_what_it_held(line):
    password = CANARY
    try:
        raise ValueError(f"password={password}")
    except ValueError as failure:
        told = line("It failed.", exc_info=(type(failure), failure, failure.__traceback__))

    assert CANARY not in told
    assert "Traceback" in json.loads(told)["exception"]


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("breaks", ["\n", "\r\n", "\x00", "\x1b[2K", "\x85", "\u2028", "\x7f"])
def test_nobody_writes_a_second_line(line, breaks, as_json):
    forged = f"mia{breaks}2026-11-23 ERROR root all is well"

    told = line("Signed in: %s", forged, as_json=as_json, who=forged)

    assert len(told.splitlines()) == 1
    assert breaks not in told


def test_a_line_says_when_how_grave_who_and_what(line):
    told = json.loads(line("Nothing is sent in %s.", "funding", lane="funding"))

    assert list(told)[:4] == ["timestamp", "level", "logger", "event"]
    assert (told["level"], told["logger"], told["event"], told["lane"]) == (
        "warning",
        "test",
        "Nothing is sent in funding.",
        "funding",
    )
    assert told["timestamp"].endswith("Z")


def test_every_handler_of_the_house_redacts():
    assert settings.LOGGING["root"]["handlers"] == ["console"]
    assert settings.LOGGING["handlers"]["console"]["formatter"] == "line"
    (handler,) = [handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler]
    assert isinstance(handler.formatter, type(logs.formatter(as_json=True)))


@pytest.mark.parametrize(
    "word",
    ["a", "password", "-", "x://", "a:", "Bearer ", "-----BEGIN PRIVATE KEY-----", "__Host-", "'", " ", "=", "aB3"],
)
def test_a_line_of_a_million_characters_costs_no_more_than_a_blink(word):
    begun = time.process_time()

    redacted(word * (1_000_000 // len(word)))

    assert time.process_time() - begun < 2


@hypothesis(max_examples=300)
@given(st.text(), st.sampled_from(list(SAID.values())), st.text())
def test_whatever_stands_around_it(before, said, after):
    told = redacted(f"{before} {said} {after}")

    assert CANARY not in told


@hypothesis(max_examples=200)
@given(
    st.recursive(
        st.text() | st.none() | st.integers() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_is_logged_is_a_line(value):
    json.dumps(redacted(value))
