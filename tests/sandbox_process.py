"""A sandbox as a process of its own, for tests: started on free ports, told what to break, asked for the truth."""

import json
import select
import sqlite3
import ssl
import subprocess
import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import httpx

HOUSE = Path(__file__).resolve().parent.parent
SECONDS_TO_START = 60
OF_A_MATCH = ("method", "path", "login", "scope")
USUAL_WAYS: dict[str, bool | int | str] = {
    "keeps_original": True, "request_id_in_history": True, "own_request_ids": False, "operator_id_in_history": True,
    "next_cursor": True, "replays": "conflict", "comment_length": 31, "clock_ahead_ms": 0, "latency_ms": 0, "processing_ms": 0,
}  # fmt: skip
WEB, ACCOUNTS, FUNDING, REPORTING = "demo-web-key", "demo-accounts-key", "demo-funding-key", "demo-reporting-key"


def client(url: str, *, timeout: float) -> httpx.Client:
    """No proxy of the environment stands between, and no list of authorities is read, which takes 65 ms."""
    return httpx.Client(base_url=url, trust_env=False, timeout=timeout, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


class Sandbox:
    """`url` is the Manager API's, `break_url` the one of the page that breaks it."""

    def __init__(self, data: Path, *, environment: str = "demo") -> None:
        self.data, self.environment = data, environment
        self.url = self.break_url = ""
        self.start()

    def start(self, *, port: int = 0, break_port: int = 0) -> None:
        words = [sys.executable, "-m", "sandbox", "--port", str(port), "--break-port", str(break_port)]
        words += ["--data", str(self.data), "--environment", self.environment]
        self.process = subprocess.Popen(words, cwd=HOUSE, stdout=subprocess.PIPE, text=True)
        self.url, self.break_url = self._ports()
        self._client = client(self.break_url, timeout=10)

    def stop(self) -> None:
        self._end(self.process.terminate)

    def kill(self) -> None:
        """kill -9: nothing is flushed, nothing is said."""
        self._end(self.process.kill)

    def restart(self) -> None:
        """Killed and started again on the same data and the same ports."""
        self.kill()
        self._start_again()

    def rewrite(self, statement: str) -> None:
        """Stopped, its storage changed by one statement, and started again on the same ports."""
        self.stop()
        with closing(sqlite3.connect(self.data / "sandbox.sqlite3")) as db, db:
            db.execute(statement)
        self._start_again()

    def _start_again(self) -> None:
        ports = httpx.URL(self.url).port, httpx.URL(self.break_url).port
        self.start(port=ports[0] or 0, break_port=ports[1] or 0)

    def rule(self, fault: str, *, times: int | None = 1, probability: float = 1, seed: int = 0, **rest: Any) -> int:
        """Adds a rule and returns its id.

        `method`, `path`, `login` and `scope` say which calls it befalls; everything else is a parameter of the fault.
        A parameter that is itself called login goes into `params={"login": …}`.
        """
        match = {name: rest.pop(name) for name in OF_A_MATCH if name in rest}
        params = {**rest.pop("params", {}), **rest}
        rule = {"fault": fault, "match": match, "params": params}
        return int(self.ask("POST", "/rules", **rule, times=times, probability=probability, seed=seed)["id"])

    def rules(self) -> list[dict[str, Any]]:
        return list(self.ask("GET", "/rules")["rules"])

    def clear(self) -> None:
        """No rules and the usual switches; accounts and ledger stay as they are."""
        self.ask("DELETE", "/rules")
        self.switch(**USUAL_WAYS)

    def reset(self) -> None:
        """Everything as on the first day: the seed, no rules, the usual switches, no calls."""
        self.ask("POST", "/reset")

    def switch(self, **wanted: bool | int | str) -> dict[str, Any]:
        return self.ask("POST", "/switches", **wanted)

    def terminal(self, login: int, action: str, amount: str | int | None = None, **rest: Any) -> dict[str, Any]:
        """Done at a MetaTrader terminal, with no request id: deposit, withdraw, credit, credit_out, correction, …, change."""
        money = {} if amount is None else {"amount": Decimal(amount)}
        return self.ask("POST", "/terminal", login=login, action=action, **money, **rest)

    def account(self, login: int, **figures: Any) -> dict[str, Any]:
        """The account as it is, after setting the figures that are given (balance, floating, enabled, …)."""
        if figures:
            return self.ask("POST", f"/accounts/{login}", **figures)
        return self.ask("GET", f"/accounts/{login}")

    def ledger(self, login: int | None = None) -> list[dict[str, Any]]:
        """Every deal in the order it was taken in, also those that the history hides."""
        return list(self._truth(login)["items"])

    def changes(self, login: int | None = None) -> list[dict[str, Any]]:
        """Every change of an account that is not money: create, update, password."""
        return list(self._truth(login)["changes"])

    def deals_of(self, request_id: str) -> list[dict[str, Any]]:
        return list(self.ask("GET", f"/ledger?request_id={request_id}")["items"])

    def calls(self, limit: int = 100) -> list[dict[str, Any]]:
        """The newest first."""
        return list(self.ask("GET", f"/calls?limit={limit}")["calls"])

    def ask(self, method: str, path: str, **fields: Any) -> dict[str, Any]:
        body = _written(fields) if method == "POST" else None
        response = self._client.request(method, path, content=body, headers={"Content-Type": "application/json"})
        if response.is_error:
            raise ValueError(f"the sandbox refused {method} {path}: {response.text}")
        return dict(json.loads(response.text, parse_float=Decimal))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.stop()

    def _truth(self, login: int | None) -> dict[str, Any]:
        return self.ask("GET", "/ledger" if login is None else f"/ledger?login={login}")

    def _ports(self) -> tuple[str, str]:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], SECONDS_TO_START)
        words = self.process.stdout.readline().split() if ready else []
        if len(words) != 6:
            self.process.kill()
            self.process.wait(timeout=10)
            self.process.stdout.close()
            raise RuntimeError(f"the sandbox did not start; it said {words}")
        return words[3], words[5]

    def _end(self, how: Any) -> None:
        how()
        self.process.wait(timeout=10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._client.close()


def _written(fields: dict[str, Any]) -> str:
    # Through a marker, so that 0.10 is written as it is and not as the float nearest to it.
    marked = json.dumps(fields, default=lambda value: f"\u0001{value}\u0001")
    return marked.replace('"\\u0001', "").replace('\\u0001"', "")
