"""What tests of the shell share."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
