"""The machine that the figures are about, and how a benchmark keeps to a part of it."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager


def machine() -> str:
    """In one line."""
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}"
    )


@contextmanager
def pinned(*, last: bool = False) -> Iterator[None]:
    """Have this process, and those that it starts meanwhile, on the first of its CPUs, or on the last."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before) if last else min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
