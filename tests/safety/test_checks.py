"""What no house is run with is refused: by the check of a deployment, and when web or a worker starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core import checks as django_checks
from django.core.exceptions import ImproperlyConfigured

from backoffice.safety import checks, files
from backoffice.safety.secret import Secret

HOUSE = Path(__file__).resolve().parent.parent.parent
GOOD = "4xS2vQ9mZk7TnBc1LwRf8YpHd3GjUe6A0oXiVb5K"
OTHER, WEB = GOOD[::-1], "wK-7f2Lq9Zx1"
SAFE = {
    "DEMO": False,
    "DEBUG": False,
    "PROCESS": "web",
    "SECRET_KEY": GOOD,
    "AUDIT_KEY": OTHER,
    "MANAGER_KEYS": {"web": WEB, "accounts": "", "funding": "", "reporting": ""},
    "SEAL_KEYS": [GOOD[20:] + OTHER[20:]],
    "CLIENT_KEYS": [OTHER[20:] + GOOD[20:]],
    "MANAGER_URL": "https://manager.example",
    "ALLOWED_HOSTS": ["countersign.example"],
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SESSION_COOKIE_NAME": "__Host-session",
    "CSRF_COOKIE_NAME": "__Host-csrf",
    "SECURE_SSL_REDIRECT": True,
    "SECURE_HSTS_SECONDS": 31_536_000,
}
LOCMEM = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
DUMMY = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
LOOSE = {"DIRECTIVES": {"script-src": ["'self'", "'unsafe-inline'"]}}
UNSAFE = {
    "the demo's key": ({"SECRET_KEY": "demo-secret_key-on-loopback-only-" + "0" * 24}, "secret"),
    "Django's own": ({"SECRET_KEY": "django-insecure-" + GOOD}, "secret"),
    "forty times a": ({"AUDIT_KEY": "a" * 40}, "secret"),
    "a sealing key of two letters": ({"SEAL_KEYS": ["ab" * 20]}, "secret"),
    "a client's key of two letters": ({"CLIENT_KEYS": ["ab" * 20]}, "secret"),
    "one key for seeds and clients": ({"CLIENT_KEYS": [GOOD[20:] + OTHER[20:]]}, "shared"),
    "one key for two things": ({"AUDIT_KEY": GOOD}, "shared"),
    "one key for web and funding": ({"MANAGER_KEYS": SAFE["MANAGER_KEYS"] | {"funding": WEB}}, "shared"),
    "debugging": ({"DEBUG": True}, "debug"),
    "every host": ({"ALLOWED_HOSTS": ["*"]}, "hosts"),
    "every host of a dot": ({"ALLOWED_HOSTS": ["countersign.example", "."]}, "hosts"),
    "no host": ({"ALLOWED_HOSTS": []}, "hosts"),
    "a Manager in the clear": ({"MANAGER_URL": "http://manager.example"}, "manager"),
    "a Manager of no kind": ({"MANAGER_URL": ""}, "manager"),
    "a cache of one's own": ({"CACHES": LOCMEM}, "cache"),
    "no cache": ({"CACHES": DUMMY}, "cache"),
    "no key for the web": ({"MANAGER_KEYS": dict.fromkeys(SAFE["MANAGER_KEYS"], "")}, "key"),
    "no key for a lane": ({"PROCESS": "funding"}, "key"),
    "a session that goes in the clear": ({"SESSION_COOKIE_SECURE": False}, "cookie"),
    "a session of every host": ({"SESSION_COOKIE_NAME": "session"}, "cookie"),
    "a session of a domain": ({"SESSION_COOKIE_DOMAIN": "example"}, "cookie"),
    "a form that goes in the clear": ({"CSRF_COOKIE_SECURE": False}, "cookie"),
    "a session that scripts read": ({"SESSION_COOKIE_HTTPONLY": False}, "cookie"),
    "a session that others send": ({"SESSION_COOKIE_SAMESITE": "None"}, "cookie"),
    "pages without https": ({"SECURE_SSL_REDIRECT": False}, "https"),
    "an hour of https": ({"SECURE_HSTS_SECONDS": 3600}, "https"),
    "no gate": ({"MIDDLEWARE": []}, "gate"),
    "scripts in pages": ({"CONTENT_SECURITY_POLICY": LOOSE}, "csp"),
}


@pytest.fixture
def safe(settings):
    for name, value in SAFE.items():
        setattr(settings, name, value)
    return settings


def found():
    return {message.id for message in checks.wrong()}


def test_a_house_as_it_should_be_is_let_start(safe):
    assert found() == set()
    checks.insist()


@pytest.mark.parametrize("name", UNSAFE)
def test_each_unsafe_setting_is_found_and_stops_the_start(safe, name):
    changed, told = UNSAFE[name]
    for setting, value in changed.items():
        setattr(safe, setting, value)

    assert found() == {f"safety.{told}"}
    with pytest.raises(ImproperlyConfigured):
        checks.insist()


@pytest.mark.parametrize("name", ["the demo's key", "one key for web and funding"])
def test_what_it_says_names_no_secret(safe, name):
    for setting, value in UNSAFE[name][0].items():
        setattr(safe, setting, value)

    said = " ".join(message.msg for message in checks.wrong())

    assert not [word for word in (GOOD, OTHER, WEB, "demo-secret_key") if word in said]


def test_secrets_are_read_whether_they_are_wrapped_or_not(safe):
    safe.AUDIT_KEY, safe.MANAGER_KEYS = Secret("b" * 40), {"web": Secret("")}

    assert found() == {"safety.secret", "safety.key"}


def test_the_demo_may_be_what_it_is(settings):
    assert settings.DEMO
    assert checks.wrong() == []


def test_every_look_is_tried_by_a_setting_that_it_refuses():
    told = {told for _, told in UNSAFE.values()} | {"file"}

    assert told == {
        *"secret shared debug hosts manager cache key cookie https gate csp file".split(),
    }
    assert checks.of_the_settings in django_checks.registry.registry.deployment_checks


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o600, 0o640])
def test_a_file_that_its_owner_reads_keeps_a_secret(safe, tmp_path, mode):
    safe.SECRET_FILES = {"SECRET_KEY": str(_file(tmp_path, mode))}

    assert found() == set()


@pytest.mark.parametrize(("mode", "why"), [(0o444, "by everybody"), (0o602, "written"), (0o620, "written")])
def test_a_file_that_others_read_or_write_does_not(safe, tmp_path, mode, why):
    for folder in (tmp_path, *tmp_path.parents):
        # Those that pytest made for this run, alone or beside others.
        if folder == tmp_path or folder.name.startswith(("pytest-", "popen-")):
            folder.chmod(0o755)
    safe.SECRET_FILES = {"SECRET_KEY": str(_file(tmp_path, mode))}

    (message,) = checks.wrong()

    assert message.id == "safety.file"
    assert why in message.msg


def test_a_folder_that_lets_nobody_in_keeps_what_is_in_it(tmp_path):
    path = _file(tmp_path, 0o444)
    tmp_path.chmod(0o700)

    assert files.why_not(path) == ""
    assert files.why_not(tmp_path / "nothing") == "cannot be read"


def _file(folder, mode):
    path = folder / "secret_key"
    path.write_text(GOOD)
    path.chmod(mode)
    return path


def production(**given):
    lines = (HOUSE / ".ci" / "production.env").read_text().splitlines()
    said = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {name: os.environ[name] for name in ("PATH", "HOME", "DATA_DIR") if name in os.environ} | said | given


def run(*words, **given):
    return subprocess.run(
        [sys.executable, *words], cwd=HOUSE, env=production(**given), capture_output=True, text=True, check=False
    )


WEAK = "demo-secret_key-on-loopback-only-" + "0" * 24


@pytest.mark.slow
def test_the_deployment_check_fails_on_it_and_passes_without(tmp_path):
    told = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", SECRET_KEY=WEAK)

    assert told.returncode == 1
    assert "safety.secret" in told.stderr
    assert WEAK not in told.stderr
    assert run("manage.py", "check", "--deploy", "--fail-level", "WARNING").returncode == 0


@pytest.mark.slow
def test_neither_web_nor_worker_starts_on_it(tmp_path):
    web = run("-c", "import backoffice.wsgi", SECRET_KEY=WEAK)
    assert "SECRET_KEY can be guessed" in web.stderr

    words = "-m celery -A backoffice worker -P solo -Q funding --without-gossip --without-mingle --without-heartbeat".split()
    worker = run(
        *words, SECRET_KEY=WEAK, PROCESS="funding", MANAGER_KEY_WEB="", MANAGER_KEY_FUNDING="k-3f8a", CHECKPOINT_DIR=str(tmp_path),
        CELERY_BROKER_URL="memory://",
    )  # fmt: skip
    assert worker.returncode != 0
    assert "SECRET_KEY can be guessed" in worker.stderr


REFUSED_AT_ONCE = {
    "every host": ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS names each host"),
    "a Manager in the clear": ({"MANAGER_URL": "http://manager.example"}, "MANAGER_URL must be https"),
    "a secret that is too short": ({"SECRET_KEY": "short"}, "shorter than 32"),
    "one key for both": ({"AUDIT_KEY": GOOD, "SECRET_KEY": GOOD}, "are the same"),
    "another's key": ({"MANAGER_KEY_FUNDING": "k"}, "is given the Manager key of funding"),
    "the demo to the world": ({"DEMO": "1"}, "DEMO=1 serves loopback only"),
}


@pytest.mark.parametrize("name", REFUSED_AT_ONCE)
def test_what_settings_themselves_refuse(name):
    given, told = REFUSED_AT_ONCE[name]

    assert told in run("-c", "import backoffice.settings", **given).stderr
