"""A testbed in a folder of the test's own, and processes looked at by their ids."""

import time
from collections.abc import Callable, Iterable

import psutil
import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def gone_within() -> Callable[[Iterable[int], float], list[int]]:
    """Wait until none of these processes runs any more; return those that still do when time is over."""

    def wait(pids: Iterable[int], seconds: float) -> list[int]:
        deadline = time.monotonic() + seconds
        left = [pid for pid in pids if _runs(pid)]
        while left and time.monotonic() < deadline:
            time.sleep(0.02)
            left = [pid for pid in left if _runs(pid)]
        return left

    return wait


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def family() -> Callable[[int], list[int]]:
    """All processes below one, with those that have left its family: they keep their session's or parent's name."""

    def below(pid: int) -> list[int]:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]

    return below
