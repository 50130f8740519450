"""What every test starts from: nothing that an earlier one has set up for the whole process."""

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def _log_events_as_delivered() -> Iterator[None]:
    """Commands and the SDK configure logging for their process, which here is everybody's."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
