"""A killed sandbox loses nothing that it answered for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.api import Api
from tests.sandbox.wire import eventually
from tests.sandbox_process import Sandbox


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path / "data", environment="proof") as sandbox:
        yield sandbox


def test_ledger_idempotency_and_what_was_accepted_survive_a_kill(mortal: Sandbox):
    api = Api(mortal.url)
    first = api.deposit(128001, "250.00", request_id="dep-1")
    mortal.rule("accepted", seconds=0.5)
    api.deposit(128001, "10.00", request_id="dep-2")
    before, url = mortal.ledger(), mortal.url
    api.http.close()

    mortal.restart()
    api = Api(mortal.url)

    assert (mortal.url, mortal.ask("GET", "/health")["environment"]) == (url, "proof")
    assert [deal["operationId"] for deal in mortal.ledger()] == [deal["operationId"] for deal in before]
    assert api.deposit(128001, "250.00", request_id="dep-1").error["original"] == first.body
    assert api.deposit(128001, "10.00", request_id="dep-2").status == 409
    assert eventually(lambda: mortal.ledger(128001)[-1]["status"] == "applied")
    assert str(mortal.account(128001)["balance"]) == "1500.10"
    api.http.close()


def test_a_second_sandbox_on_the_same_folder_is_refused(mortal: Sandbox):
    with pytest.raises(RuntimeError):
        Sandbox(mortal.data)
