"""Django's database, which is for threads, from a program that is all asyncio."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, Self, TypeVar

from django.db import close_old_connections, connections

P = ParamSpec("P")
T = TypeVar("T")


class Orm:
    """Runs functions that use the database, in threads of its own with a connection each. Use it with `async with`.

    A function is a whole transaction: nothing is awaited while one is open.

    Args:
        threads: how many run at a time.
    """

    def __init__(self, threads: int = 8) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="orm")
        self._threads = threads

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        barrier = threading.Barrier(self._threads)  # so that each thread gets one of these
        await asyncio.gather(*(self(_close, barrier) for _ in range(self._threads)))
        self._pool.shutdown()

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the function returns, or raises."""
        call = partial(function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._pool, _with_a_live_connection, call)


def _close(barrier: threading.Barrier) -> None:
    barrier.wait()
    connections.close_all()


def _with_a_live_connection(call: Callable[[], T]) -> T:
    close_old_connections()  # those that have died, or are too old
    return call()
