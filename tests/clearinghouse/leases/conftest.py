"""After each test of leases, everything adds up."""

from collections.abc import Iterator

import pytest

from seattle.clearinghouse.credits import services as ledger
from seattle.clearinghouse.leases.audit import audit


@pytest.fixture(autouse=True)
def everything_adds_up(db: None) -> Iterator[None]:
    """Credits, leases and orders agree."""
    yield
    assert [*ledger.audit(), *audit()] == []
