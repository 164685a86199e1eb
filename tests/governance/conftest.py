"""The cast as a house that is founded."""

import pytest

from tests.governance import house


@pytest.fixture
def three(ada, amir, cora):
    """Whom a change takes: its author, the other administrator, and compliance."""
    return ada, amir, cora


@pytest.fixture
def everybody(mia, nils, carl, chen, cora, fay, filip, vera, ada, amir):
    """The whole cast, in a house that is founded."""
    house.found()
    return {who.username: who for who in (mia, nils, carl, chen, cora, fay, filip, vera, ada, amir)}
