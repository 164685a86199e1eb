"""One deposit sent over a connection of its own, so that a fault can do to it what it likes."""

import socket
import time
from collections.abc import Callable

import httpx
import pytest

from tests.sandbox.api import funds
from tests.sandbox_process import FUNDING, Sandbox, client

BOOKED, NOT = 1, 0
DEPOSIT = funds(128001, "250.00")


def send(sandbox: Sandbox, *, timeout: float = 3, request_id: str = "dep-1") -> httpx.Response:
    headers = {"Authorization": f"Bearer {FUNDING}", "x-request-id": request_id}
    with client(sandbox.url, timeout=timeout) as http:
        return http.post("/transactions/deposit", content=DEPOSIT, headers=headers)


def send_in_vain(sandbox: Sandbox) -> None:
    with pytest.raises(httpx.HTTPError):
        send(sandbox)


def raw(sandbox: Sandbox) -> bytes:
    """All that comes back on a bare socket until it closes; raises ConnectionResetError on RST."""
    head = (
        f"POST /transactions/deposit HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {FUNDING}\r\nx-request-id: dep-1\r\n"
    )
    url, got = httpx.URL(sandbox.url), b""
    with socket.create_connection((url.host, url.port), timeout=3) as wire:
        wire.sendall(f"{head}Content-Length: {len(DEPOSIT)}\r\n\r\n{DEPOSIT}".encode())
        while part := wire.recv(65536):
            got += part
    return got


def eventually(holds: Callable[[], bool]) -> bool:
    """Looks again and again, since a busy machine keeps no appointments."""
    end = time.monotonic() + 15
    while not (did := holds()) and time.monotonic() < end:
        time.sleep(0.02)
    return did


def booked(sandbox: Sandbox) -> int:
    return len(sandbox.deals_of("dep-1"))
