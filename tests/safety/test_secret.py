"""A secret shows itself nowhere: not written, not counted, not copied, not told by comparison."""

import copy
import csv
import io
import json
import logging
import pickle
import pprint
import traceback
from string import Template

import msgspec
import pytest
import rfc8785
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.template import Context, Engine
from django.test import RequestFactory
from django.views.debug import ExceptionReporter
from kombu.utils.json import dumps as kombu_dumps

from backoffice.safety.secret import MASK, Secret

TEXT = "canary-4xS2vQ9mZk7TnBc1"
secret = Secret(TEXT)

WRITTEN = {
    "str": lambda: str(secret),
    "repr": lambda: repr(secret),
    "format": lambda: f"{secret} {secret:>40} {secret!r}",
    "percent": lambda: "%s %r %40s" % (secret, secret, secret),  # noqa: UP031  # it is the old way that is tried
    "str.format": lambda: "{} {0}".replace("{}", "{0}").format(secret),
    "template": lambda: Template("$secret").substitute(secret=secret),
    "in a list": lambda: str([secret, {"key": secret}, (secret,)]),
    "pprint": lambda: pprint.pformat({"key": secret}),
    "Django's page": lambda: (
        Engine().from_string("{{ s }} {{ s|pprint }} {{ s|stringformat:'r' }}").render(Context({"s": secret}))
    ),
    "dir": lambda: str(
        [
            getattr(secret, name)
            for name in dir(secret)
            if name not in ("reveal", "_Secret__text") and name.startswith("_s")
        ]
    ),
    "an exception": lambda: "".join(traceback.format_exception(ValueError(secret))),
    "csv": lambda: _csv(),  # noqa: PLW0108  # it stands below
}
REFUSED = {
    "json": lambda: json.dumps(secret),
    "json in a dict": lambda: json.dumps({"key": secret}),
    "json of a key": lambda: json.dumps({secret: 1}),
    "Django's json": lambda: json.dumps(secret, cls=DjangoJSONEncoder),
    "canonical json": lambda: rfc8785.dumps({"key": secret}),
    "msgspec": lambda: msgspec.json.encode(secret),
    "Celery's": lambda: kombu_dumps({"key": secret}),
    "pickle": lambda: pickle.dumps(secret),
    "pickle of another protocol": lambda: pickle.dumps(secret, protocol=0),
    "copy": lambda: copy.copy(secret),
    "deepcopy": lambda: copy.deepcopy({"key": secret}),
    "hash": lambda: {secret},
    "order": lambda: secret < Secret("b"),
    "comparison with text": lambda: secret == TEXT,
    "search in texts": lambda: secret in [TEXT, "another"],
    "iteration": lambda: list(secret),
    "length": lambda: len(secret),
    "contents": lambda: vars(secret),
    "concatenation": lambda: secret + "",
    "bytes": lambda: bytes(secret),
    "change": lambda: setattr(secret, "_Secret__text", "another"),
    "a name of its own": lambda: setattr(secret, "shown", True),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_of_it_is_a_mask(name):
    said = WRITTEN[name]()

    assert TEXT not in said
    assert MASK in said or name == "dir"


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_carry_it_away_is_refused(name):
    with pytest.raises((TypeError, AttributeError, rfc8785.CanonicalizationError)) as refused:
        REFUSED[name]()

    assert TEXT not in str(refused.value)


def test_it_is_given_to_whoever_asks_by_name():
    assert secret.reveal() == TEXT


def test_two_of_the_same_text_are_the_same_and_others_are_not():
    assert secret == Secret(TEXT)
    assert secret != Secret(TEXT[:-1])
    assert Secret("ü") != Secret("u")
    assert secret
    assert not Secret("")


def test_no_log_shows_it(caplog):
    logging.getLogger("test").warning("The key is %s, and again %r", secret, {"key": secret})

    assert MASK in caplog.text
    assert TEXT not in caplog.text


def test_every_key_of_the_settings_is_one():
    keys = [
        settings.AUDIT_KEY,
        settings.CHECKPOINT_KEY,
        *settings.MANAGER_KEYS.values(),
        *settings.DATABASE_PASSWORDS.values(),
    ]

    assert {type(key) for key in keys} == {Secret}


def test_what_django_reports_of_a_failure_shows_no_secret(settings):
    """Nobody is mailed it and DEBUG is off; where both are changed one day, it still does not."""
    settings.MANAGER_KEYS, settings.DEBUG = {"web": secret}, True
    headers = {"cookie": f"__Host-session={TEXT}; theme={TEXT}", "authorization": f"Bearer {TEXT}"}
    request = RequestFactory().post("/sign-in/", {"password": TEXT, "login": TEXT}, headers=headers)
    try:
        _failing(TEXT)
    except ValueError as failure:
        report = ExceptionReporter(request, type(failure), failure, failure.__traceback__)
        told = report.get_traceback_text() + report.get_traceback_html()

    assert "It failed." in told
    assert [
        word for word in (TEXT, settings.SECRET_KEY, str(settings.DATABASES["default"]["NAME"])) if word in told
    ] == []


def _failing(key):
    raise ValueError("It failed.")


def _csv():
    out = io.StringIO()
    csv.writer(out).writerow([secret])
    return out.getvalue()
