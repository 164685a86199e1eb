"""What stands before every page: headers on all that goes out, a limit on all that comes in, and pages for what goes wrong."""

import re

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.db import OperationalError, connection
from django.template import loader
from django.test import Client
from django.urls import get_resolver, path

from backoffice.access import public
from backoffice.operations.models import Operation
from backoffice.safety import front
from backoffice.safety.sessions import SessionStore
from tests import play
from tests.access_table import TABLE
from tests.signing_in import door
from tests.test_access import enter, routes

CSP = (
    "default-src 'none'; object-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; report-uri /csp-reports/"
)
WANTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ERRORS = (400, 403, 404, 405, 413, 429, 500, 503)


def breaks(request):
    raise RuntimeError("a-secret-of-the-code")


urlpatterns = [path("breaks/", public(breaks)), *get_resolver("backoffice.urls").url_patterns]


def with_headers(response):
    assert {name: response.headers.get(name) for name in WANTED} == WANTED
    policy = response.headers["Content-Security-Policy"]
    assert sorted(policy.split("; ")) == sorted(CSP.split("; "))
    assert "camera=()" in response.headers["Permissions-Policy"]
    return response


# What goes out


@pytest.mark.django_db
def test_each_answer_tells_browsers_what_they_may_not_do(sandbox):
    client = enter("supervisor")

    for address in (
        "/",
        "/approvals/",
        "/operations/?state=nothing",
        "/accounts/128001/",
        "/people/",
        "/nothing-here/",
    ):
        response = with_headers(client.get(address))
        assert response.headers["Cache-Control"] == "no-store", address
    for address in ("/sign-in/", "/livez", "/nothing-here/", "/approvals/"):
        with_headers(Client().get(address))
    assert with_headers(client.post("/", headers={"sec-fetch-site": "cross-site"})).status_code == 403


@pytest.mark.django_db
def test_what_is_refused_before_any_page_tells_them_too():
    response = with_headers(Client().post("/sign-in/", "x" * (front.MIB + 1), content_type="text/plain"))

    assert response.status_code == 413


@pytest.mark.django_db
def test_https_is_insisted_on_where_it_is_served(settings):
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True

    assert Client().get("/sign-in/").status_code == 301
    told = Client().get("/sign-in/", secure=True).headers["Strict-Transport-Security"]
    assert told == "max-age=31536000; includeSubDomains; preload"


@pytest.mark.django_db
def test_what_machines_ask_is_not_sent_elsewhere(settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz)$"]

    assert [Client().get(address).status_code for address in ("/livez", "/readyz")] == [200, 200]
    assert Client().get("/livez/more").status_code == 301


@pytest.mark.django_db
def test_another_host_is_answered_by_nothing_of_ours(mia):
    for host in ("evil.example", "localhost.evil.example", "localhost:80:80", "loc alhost", "localhost@evil.example"):
        response = Client().get("/sign-in/", headers={"host": host})
        assert response.status_code == 400, host
        assert host.encode() not in response.content


@pytest.mark.django_db
def test_each_answer_says_what_it_is_and_how_its_letters_are_written(sandbox):
    seen = set()
    for role in ("supervisor", "administrator", "auditor"):
        client = enter(role)
        for route in (route for route in TABLE if "<" not in route):
            response = client.get(f"/{route}")
            kind = response.headers.get("Content-Type", "")
            assert kind or not response.content, route
            assert "charset=utf-8" in kind or not kind.startswith("text/"), (route, kind)
            seen.add(kind.partition(";")[0])
    assert {"text/html", "text/plain", "text/csv"} <= seen


@pytest.mark.django_db
def test_no_other_origin_is_let_in(mia):
    for client in (Client(), enter("supervisor")):
        for method in ("GET", "OPTIONS", "POST"):
            for address in ("/", "/sign-in/", "/operations/", "/livez", "/static/js/app.js"):
                answer = client.generic(method, address, headers={"origin": "https://evil.example"})
                # A file of ours, which a server would read to its end.
                assert not answer.streaming or b"".join(answer.streaming_content) or answer.status_code == 405
                assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "https:evil.example"]
)
def test_a_sign_in_leads_to_no_other_site(to, mia):
    client = Client()
    client.post("/sign-in/", {"login": "mia", "password": door.PASSWORD, "next": to})
    assert client.post(door.SECOND, {"code": door.code("mia"), "next": to}).headers["Location"] == "/"
    assert client.post("/sign-out/", {"next": to}).headers["Location"] == "/"


@pytest.mark.django_db
def test_signing_out_is_on_every_page(sandbox):
    client, looked_at = enter("supervisor"), 0
    for route in (route for route in TABLE if "<" not in route and not route.startswith(("sign-", "_ui/"))):
        response = client.get(f"/{route}")
        if response.status_code == 200 and response.headers["Content-Type"].startswith("text/html"):
            looked_at += 1
            assert "/sign-out/" in response.content.decode(), route
    assert looked_at > 10


@pytest.mark.django_db
def test_no_folder_is_listed_and_nothing_beside_what_is_served():
    for address in (
        "/static/",
        "/static/js/",
        "/static/../manage.py",
        "/.git/config",
        "/static/%2e%2e/pyproject.toml",
        "/.env",
    ):
        assert Client().get(address).status_code == 404, address


# What comes in


@pytest.mark.django_db
def test_what_another_site_sends_is_refused_at_every_address():
    """Whoever is signed in, and whatever the form holds; a browser says where it came from, and pages cannot change that."""
    posts = [route for route, rows in TABLE.items() if any(rows["POST"])]
    assert len(posts) > 30
    ids = {"<uuid:pk>": "0" * 8 + "-0000-7000-8000-" + "0" * 12, "<int:login>": "128001", "<int:pk>": "1"}
    ids |= {"<str:lane>": "funding", "<int:vote>": "1"}
    clients = [enter(role) for role in ("supervisor", "administrator", "funding")]

    for route in posts:
        address = "/" + re.sub("<[^>]+>", lambda found: ids.get(found[0], "x"), route)
        for client in clients:
            for site in ("cross-site", "same-site", "CROSS-SITE", "", "none, cross-site"):
                answer = client.post(address, headers={"sec-fetch-site": site})
                assert answer.status_code == 403, (address, site)
    assert sorted(routes(get_resolver().url_patterns)) == sorted(TABLE)


@pytest.mark.django_db
@pytest.mark.parametrize("length", ["1048577", "9" * 12, "9" * 13, "9" * 4000])
def test_a_body_that_is_too_large_is_refused_unread(length):
    response = Client().post("/sign-in/", b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=length)

    assert response.status_code == 413


@pytest.mark.django_db
@pytest.mark.parametrize("length", ["", "0", "-1", "abc", "١٢", "1048576"])
def test_a_body_of_a_length_that_fits_or_is_none_comes_through(length):
    assert Client().post("/livez", b"", content_type="text/plain", CONTENT_LENGTH=length).status_code == 405


@pytest.mark.django_db
def test_a_file_is_no_way_around_the_limit(mia, sandbox, signed_in):
    """Django counts the fields of a form, and not the files in it; where evidence is taken, its own limit stands."""
    client = signed_in(mia)
    operation = play.deposited(client, 128001, "250.00")
    form = {"reason": "The client asked to wait.", "file": _File(b"x" * (2 * front.MIB))}

    assert client.post(f"/operations/{operation.pk}/cancellation/", form).status_code == 413
    assert Operation.objects.get().state == "awaiting_approval"
    assert front.largest("/funding/deposit/") == 64 * front.MIB


def test_the_limit_of_an_address_is_that_of_its_longest_beginning(monkeypatch):
    monkeypatch.setattr(front, "LARGEST_BODY", {"/": 1, "/a/": 5, "/a/b/": 2})

    assert [front.largest(path) for path in ("/", "/a", "/a/", "/a/c", "/a/b/c", "")] == [1, 1, 5, 5, 2, 1]


# What goes wrong


@pytest.mark.parametrize("code", ERRORS)
def test_a_page_of_an_error_needs_nothing_but_itself(code):
    """Nobody's request and no database: pytest refuses every one to this test."""
    text = loader.render_to_string(f"{code}.html")

    assert f">{code}</p>" in text
    assert "Countersign" in text
    assert not re.search(r"\b(Traceback|Django|Python|Exception|settings)\b", text)


def test_an_address_that_is_not_there_is_told_so_without_a_database():
    response = Client().get("/nothing-here/<script>")

    assert response.status_code == 404
    assert b"script>" not in response.content.replace(b"</script>", b"").replace(b"<script", b"")


@pytest.mark.django_db
def test_what_breaks_tells_nothing_of_how(settings, caplog):
    settings.ROOT_URLCONF = __name__

    with caplog.at_level("ERROR", logger="django.request"):
        response = Client(raise_request_exception=False).get("/breaks/?token=typed-secret")

    assert response.status_code == 500
    assert [record.exc_info[0] for record in caplog.records] == [RuntimeError]
    assert not [
        word for word in (b"a-secret-of-the-code", b"RuntimeError", b"typed-secret") if word in response.content
    ]


# A session that cannot be saved


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_is_no_session_that_ended(mia, signed_in):
    """Seen as a 400 "session was deleted" when the connection was cut while an answer was on its way."""
    client = signed_in(mia)
    client.raise_request_exception = False
    cut = _Cut("UPDATE", "django_session")

    with connection.execute_wrapper(cut):
        response = client.post("/sign-in/password/", {"oldpassword": "x", "password1": "y", "password2": "y"})
        saved = SessionStore(client.session.session_key)
        saved["a"] = 1
        with pytest.raises(OperationalError):
            saved.save()

    assert cut.times
    assert response.status_code != 400


@pytest.mark.django_db
def test_a_session_that_was_ended_is_still_one(mia, signed_in):
    store = SessionStore(signed_in(mia).session.session_key)
    store["a"] = 1
    SessionStore(store.session_key).delete()

    with pytest.raises(UpdateError):
        store.save()


class _Cut:
    """Statements of this kind find no connection."""

    def __init__(self, *words):
        self.words, self.times = words, 0

    def __call__(self, execute, sql, params, many, context):
        if all(word in sql for word in self.words):
            self.times += 1
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, params, many, context)


class _File:
    def __init__(self, content):
        self.content, self.name = content, "evidence.pdf"

    def read(self, *_):
        return self.content
