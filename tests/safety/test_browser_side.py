"""What our scripts do in a browser, and what cookies there are: read off the scripts, and off what the house sets."""

import re

import pytest
from django.conf import settings
from django.test import Client

from tests.signing_in import door

SCRIPTS = {path.name: path.read_text() for path in (settings.ROOT / "static" / "js").glob("*.js")}
# What runs text or writes markup, keeps something in the browser, speaks with other windows, or reaches into prototypes.
NOT_OURS = (
    "eval(", "new Function", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "createContextualFragment",
    "localStorage", "sessionStorage", "indexedDB", "postMessage", '"message"', "__proto__",
)  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
def test_our_scripts_run_no_text_and_write_no_markup(name):
    assert not [word for word in NOT_OURS if word in SCRIPTS[name]]


def test_the_cookie_of_the_theme_is_bound_to_the_host_where_there_is_tls():
    """The only one that a script writes."""
    written = [
        (name, line.strip())
        for name, script in SCRIPTS.items()
        for line in script.splitlines()
        if "document.cookie =" in line
    ]

    assert [name for name, _ in written] == ["app.js"]
    assert '["__Host-", "; secure"]' in SCRIPTS["app.js"]
    assert re.search(r"=\s*`\$\{prefix\}theme=.*path=/;.*samesite=lax\$\{secure\}`", written[0][1])


@pytest.mark.django_db
def test_the_cookies_that_are_set_are_these(mia):
    client = Client()
    client.get("/sign-in/")
    door.enter(client, "mia")
    client.get("/sign-in/password/")

    assert set(client.cookies) == {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
    session = client.cookies[settings.SESSION_COOKIE_NAME]
    assert (session["httponly"], session["samesite"], session["path"], session["domain"]) == (True, "Lax", "/", "")
    token = client.cookies[settings.CSRF_COOKIE_NAME]
    assert (token["httponly"], token["samesite"], token["path"], token["domain"]) == (True, "Lax", "/", "")
    assert session.value not in client.get("/sessions/").content.decode()
