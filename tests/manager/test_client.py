"""One call to the Manager: bounded in time and size, straight there and nowhere else, and understood only as the contract."""

import asyncio
import gzip
import logging
import socketserver
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from backoffice.manager import failures
from backoffice.manager.client import MOST_BODY, MOST_PAGES, Caller, Client
from backoffice.safety.secret import Secret

CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
KEY = "the-very-secret-key-of-this-lane"
CALLER = Caller("mia", "01890000-0000-7000-8000-000000000001")
ACCOUNT = b'{"login":128001,"group":"g","leverage":100}'
OK = b'{"operationId":"dep_1","status":"applied","login":128001}'


class Stage(socketserver.ThreadingTCPServer):
    """A server that answers each request with what `play` makes of its place in the row, and keeps what it heard."""

    daemon_threads = allow_reuse_address = True

    def __init__(self, play):
        self.play, self.heard = play, []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        head = b"".join(iter(self.rfile.readline, b"\r\n"))
        lengths = [line.split(b":")[1] for line in head.lower().splitlines() if line.startswith(b"content-length")]
        self.server.heard.append(head.decode() + self.rfile.read(int(lengths[0]) if lengths else 0).decode())
        try:
            for piece in self.server.play(len(self.server.heard)):
                self.wfile.write(piece)
        except OSError:
            return


def http(status, body=b"", *headers):
    lines = [f"HTTP/1.1 {status} x", f"content-length: {len(body)}", "connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.fixture
def stage(settings):
    """`stage(answer)` puts up a Manager that answers so: bytes, or a generator function of the request's number."""
    opened = []

    def put_up(answer):
        server = Stage(answer if callable(answer) else lambda number: [answer])
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        opened.append(server)
        settings.MANAGER_URL = server.url
        return server

    yield put_up
    for server in opened:
        server.shutdown()
        server.server_close()


def ask(question):
    async def asked():
        client = Client(Secret(KEY), context=CONTEXT)
        try:
            return await question(client)
        finally:
            await client.close()

    return asyncio.run(asked())


def deposit(client):
    return client.deposit(caller=CALLER, login=128001, amount=250, comment="DEP-SECRETWORD")


def account(client):
    return client.account(128001, caller=Caller("mia"))


def error(code, **more):
    fields = "".join(f',"{name}":{value}' for name, value in more.items())
    return f'{{"error":{{"code":"{code}","message":"no"{fields}}}}}'.encode()


CONTRACT = [
    (400, "ValidationError", failures.ValidationFailed),
    (401, "Unauthorized", failures.Unauthorized),
    (403, "PermissionDenied", failures.PermissionDenied),
    (404, "NotFound", failures.NotFound),
    (409, "AlreadyApplied", failures.AlreadyApplied),
    (429, "TooManyRequests", failures.TooManyRequests),
]


@pytest.mark.parametrize(("status", "code", "kind"), CONTRACT)
def test_a_refusal_counts_only_with_the_contracts_body(stage, status, code, kind):
    stage(http(status, error(code)))
    with pytest.raises(kind):
        ask(deposit)

    for body in (b"", b"<h1>no</h1>", b"{}", error("Teapot"), error("ManagerOffline"), b'{"error":"no"}'):
        stage(http(status, body))
        with pytest.raises(failures.Unreadable):
            ask(deposit)


@pytest.mark.parametrize("status", [204, 206, 301, 302, 304, 307, 308, 402, 410, 418, 500, 502, 504, 599])
def test_every_other_status_says_nothing_about_the_outcome(stage, status):
    stage(http(status, OK, "location: http://127.0.0.1:9/"))

    with pytest.raises(failures.Unknown):
        ask(deposit)


def test_offline_is_offline_whatever_the_body_and_a_wait_is_bounded(stage):
    waits = {}
    for said in ("5", "0", "999999999999", "-1", "soon", "1.5", "٥", ""):
        stage(http(503, b"<html>", f"retry-after: {said}") if said.isascii() else http(503))
        with pytest.raises(failures.ManagerOffline) as caught:
            ask(deposit)
        waits[said] = caught.value.retry_after

    assert waits == {"5": 5, "0": 0, "999999999999": 3600, "-1": None, "soon": None, "1.5": None, "٥": None, "": None}


def test_a_success_is_one_only_with_the_contracts_body(stage):
    for body in (b"", b"<p>Please sign in", b"{}", b"[]", OK[:-5], b'{"operationId":1,"status":"applied","login":1}'):
        stage(http(201, body))
        with pytest.raises(failures.Unreadable):
            ask(deposit)


def test_no_redirect_is_followed(stage):
    elsewhere = stage(http(201, OK))
    stage(http(307, b"", f"location: {elsewhere.url}/transactions/deposit"))

    with pytest.raises(failures.Unreadable):
        ask(deposit)

    assert elsewhere.heard == []


def test_no_proxy_of_the_environment_is_asked(stage, monkeypatch):
    proxy = stage(http(201, OK))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    manager = stage(http(201, OK))

    ask(deposit)

    assert (len(proxy.heard), len(manager.heard)) == (0, 1)


def test_the_deadline_is_for_the_whole_call_and_not_for_each_read(stage):
    def trickle(number):
        yield b"HTTP/1.1 201 x\r\ncontent-length: 1000\r\n\r\n"
        for _ in range(40):
            yield b" "
            time.sleep(0.1)

    stage(trickle)
    # Read by read it would be four seconds.
    began = time.monotonic()

    with pytest.raises(failures.NoAnswer):
        ask(deposit)

    assert 0.9 < time.monotonic() - began < 3


def test_headers_that_trickle_fall_under_the_deadline_too(stage):
    def trickle(number):
        for letter in b"HTTP/1.1 201 x\r\nx-slow: " + b"a" * 40:
            yield bytes([letter])
            time.sleep(0.1)

    stage(trickle)
    with pytest.raises(failures.NoAnswer):
        ask(deposit)


def test_a_body_beyond_all_bounds_is_not_read_to_its_end(stage, settings):
    settings.MANAGER_DEADLINE = 10
    stage(
        lambda number: [b"HTTP/1.1 201 x\r\nconnection: close\r\n\r\n", *([b" " * 65_536] * (MOST_BODY // 65_536 + 9))]
    )

    with pytest.raises(failures.Unreadable, match="longer"):
        ask(deposit)


def test_a_history_without_end_is_given_up(stage):
    stage(http(200, b'{"items":[],"nextCursor":"1-1"}'))

    async def read_all(client):
        now = datetime.now(UTC)
        return [line async for line in client.history(1, since=now - timedelta(hours=1), until=now, caller=CALLER)]

    with pytest.raises(failures.Unreadable, match=f"{MOST_PAGES} pages"):
        ask(read_all)


def test_nobody_listening_is_known_to_be_not_sent(stage):
    server = stage(http(201, OK))
    server.shutdown()
    server.server_close()

    with pytest.raises(failures.NotConnected):
        ask(deposit)


def test_a_mutation_carries_who_asks_which_request_and_where(stage):
    manager = stage(http(201, OK))
    ask(deposit)
    stage_of_reads = stage(http(200, ACCOUNT))
    ask(account)

    heard = manager.heard[0]
    assert heard.startswith("POST /transactions/deposit HTTP/1.1")
    for line in (
        f"authorization: Bearer {KEY}",
        "x-environment: demo",
        "x-operator-id: mia",
        f"x-request-id: {CALLER.request_id}",
    ):
        assert f"{line}\r\n" in heard
    assert '"amount":250' in heard
    assert "x-request-id" not in stage_of_reads.heard[0]
    assert f"authorization: Bearer {KEY}\r\n" in stage_of_reads.heard[0]


def test_neither_key_nor_bodies_come_into_a_log(stage, caplog):
    caplog.set_level(logging.DEBUG)
    answers = [http(201, OK.replace(b"dep_1", b"SECRETANSWER")), http(400, b"SECRETANSWER"), http(503, b"SECRETANSWER")]
    for answer in answers:
        stage(answer)
        try:
            ask(deposit)
        except failures.Failure as failure:
            logging.getLogger("test").exception("It failed: %r", failure)

    logged = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    assert not [word for word in (KEY, "SECRETWORD", "SECRETANSWER") if word in logged]


def test_the_managers_words_are_fit_to_be_kept_and_shown(stage):
    """PostgreSQL takes no NUL and nothing writes half a character: such words would lose a whole turn's answers."""
    stage(
        http(400, b'{"error":{"code":"ValidationError","message":"no\\u0000 \\ud800 \\u202emoney' + b"x" * 900 + b'"}}')
    )

    with pytest.raises(failures.ValidationFailed) as caught:
        ask(deposit)

    words = caught.value.words
    words.encode()
    assert len(words) <= 500
    assert not [c for c in words if c in "\x00\ud800\u202e"]


def test_a_compressed_answer_is_read_and_a_damaged_one_is_no_answer(stage):
    whole = gzip.compress(OK)
    stage(http(200, whole, "content-encoding: gzip"))
    assert ask(deposit).operation_id == "dep_1"

    stage(http(200, b"\x00" + whole[1:], "content-encoding: gzip"))
    with pytest.raises(failures.Unknown):
        ask(deposit)


def test_what_bursts_when_it_is_unpacked_is_cut_off(stage):
    stage(http(200, gzip.compress(b" " * (MOST_BODY + 1)), "content-encoding: gzip"))

    with pytest.raises(failures.Unreadable):
        ask(deposit)


def test_no_cookie_of_the_managers_is_sent_back(stage):
    served = stage(http(200, OK, "set-cookie: session=1; path=/"))

    async def twice(client):
        await deposit(client)
        return await deposit(client)

    ask(twice)
    assert len(served.heard) == 2
    assert "cookie" not in served.heard[1].lower()
