"""EMAIL_URL: what is understood, and that what is not refuses to start without telling the password."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from backoffice.email_url import parsed

SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.mark.parametrize(
    ("url", "host", "port", "user", "password", "encrypted"),
    [
        ("smtp+tls://ann:pw@mail.example:2525", "mail.example", 2525, "ann", "pw", "EMAIL_USE_TLS"),
        ("smtp+tls://a%40b.c:p%2Fw%3A@mail.example", "mail.example", 587, "a@b.c", "p/w:", "EMAIL_USE_TLS"),
        ("smtps://ann:pw@mail.example", "mail.example", 465, "ann", "pw", "EMAIL_USE_SSL"),
        ("smtp://relay.example", "relay.example", 25, "", "", ""),
        ("smtp://ann:pw@localhost:1025/", "localhost", 1025, "ann", "pw", ""),
        ("smtps://[::1]:465", "::1", 465, "", "", "EMAIL_USE_SSL"),
    ],
)
def test_a_server_is_understood(url, host, port, user, password, encrypted):
    told = parsed(url)

    assert (told["EMAIL_BACKEND"], told["EMAIL_HOST"], told["EMAIL_PORT"]) == (SMTP, host, port)
    assert (told["EMAIL_HOST_USER"], told["EMAIL_HOST_PASSWORD"]) == (user, password)
    assert [name for name in ("EMAIL_USE_TLS", "EMAIL_USE_SSL") if told.get(name)] == ([encrypted] if encrypted else [])
    assert told["EMAIL_TIMEOUT"] == 10


def test_files_the_console_and_nothing(tmp_path):
    told = parsed(f"file://{tmp_path}/mail")
    assert told["EMAIL_FILE_PATH"] == f"{tmp_path}/mail"
    assert (tmp_path / "mail").is_dir()
    assert parsed("console:")["EMAIL_BACKEND"].endswith("console.EmailBackend")
    assert parsed("")["EMAIL_BACKEND"].endswith("dummy.EmailBackend")


@pytest.mark.parametrize(
    "url",
    [
        "mail.example", "mail.example:25", "smtp:", "smtp://", "http://mail.example", "smtp+ssl://mail.example",
        "smtp://mail.example/path", "smtp://mail.example?tls=1", "smtp://mail.example:port", "smtp://mail.example:99999",
        "smtps://ann@mail.example", "smtps://:secret@mail.example", "smtp://ann:secret@mail.example",
        "smtp+tls://ann:se/cret@mail.example", "file://", "file:relative", "file://host/mail", "console://x", "smtp://[::1",
    ],
)  # fmt: skip
def test_what_is_not_understood_refuses_to_start_and_keeps_the_password(url):
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL") as refused:
        parsed(url)

    assert "cret" not in str(refused.value)


LIVE = {
    "DEMO": "0", "SECRET_KEY": "s" * 40, "AUDIT_KEY": "a" * 40, "SEAL_KEYS": "k" * 40, "CLIENT_KEYS": "c" * 40, "ALLOWED_HOSTS": "desk.example",
    "MANAGER_URL": "https://mt5.example", "MANAGER_ENVIRONMENT": "live", "PROCESS": "housekeeping",
    "CHECKPOINT_KEY": "x", "EMAIL_URL": "smtps://ann:pw@mail.example",
    "EMAIL_FROM": "Desk <desk@broker.example>", "PUBLIC_URL": "https://desk.example",
}  # fmt: skip


def started(tmp_path, **other):
    env = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "CHECKPOINT_DIR": str(tmp_path), **LIVE, **other}
    env = {name: value for name, value in env.items() if value}
    command = [sys.executable, "-c", "from backoffice import settings; print(settings.SENDS_MAIL, settings.PUBLIC_URL)"]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_outside_the_demo_mail_takes_an_address_it_comes_from_and_one_its_links_lead_to(tmp_path):
    assert started(tmp_path).stdout == "True https://desk.example\n"
    assert started(tmp_path, EMAIL_URL="", EMAIL_FROM="", PUBLIC_URL="").stdout == "False \n"


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"EMAIL_FROM": ""}, "EMAIL_FROM is ''"),
        ({"EMAIL_FROM": "desk"}, "EMAIL_FROM is 'desk'"),
        ({"EMAIL_FROM": "Desk <desk@x.y>\nBcc: all@x.y"}, "mail comes from an address"),
        ({"PUBLIC_URL": ""}, "PUBLIC_URL must be named"),
        ({"PUBLIC_URL": "http://desk.example"}, "and https"),
        ({"PUBLIC_URL": "https://desk.example/path"}, "without a path"),
        ({"PUBLIC_URL": "desk.example"}, "without a path"),
        ({"PROCESS": "web", "CHECKPOINT_KEY": ""}, "only housekeeping sends mail"),
    ],
)
def test_what_is_missing_or_wrong_is_said_at_start(other, words, tmp_path):
    failed = started(tmp_path, **other)

    assert failed.returncode == 1
    assert words in failed.stderr
