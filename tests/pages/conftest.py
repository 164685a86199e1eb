"""What the tests of the pages share: the people at their desks, the lane at work, and a stage in every state."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connections

from backoffice.operations import execution
from tests.pages.stage import Cast, absences, apart, every_state, in_bundles


@pytest.fixture
def cast(live_server, sandbox, mia, carl, chen, signed_in) -> Cast:
    """Who does beforehand what a test does not look at."""
    return Cast(signed_in(mia), signed_in(carl), signed_in(chen))


@pytest.fixture
def staged(cast, sandbox, settings, mia, carl) -> dict[str, str]:
    """The address of an operation in each state, and of bundles; what is uncertain stays so."""
    settings.UNCERTAIN_LIMIT, settings.MANAGER_PROCESSING, settings.MANAGER_SKEW = 600, 0, 0
    absences()
    addresses = {name: f"/operations/{operation.pk}/" for name, operation in every_state(cast, sandbox).items()}
    bundles = apart(lambda: in_bundles(mia, carl))
    return addresses | {name: f"/bundles/{bundle.pk}/" for name, bundle in bundles.items()}


@pytest.fixture
def lane(live_server, sandbox) -> Iterator[None]:
    """Works the funding lane in a thread of its own for as long as the test lasts, as its worker would."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.1):
            execution.drain("funding", until=1, stopping=over.is_set)
        connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    yield
    over.set()
    worker.join()
