"""An event loop in a thread of its own, for those who don't want to write `async`."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, Final, TypeVar

from seattle.client.errors import TestbedClosed

STOP_PATIENCE: Final = 60.0  # seconds that what is cancelled may take to clean up
SIGNALS_SEEN: Final = 0.2  # seconds at most until a signal that came just before a wait is seen

T = TypeVar("T")


class Background:
    """Runs coroutines in its thread while the caller waits. Close it; it ends with the process in any case."""

    def __init__(self, name: str) -> None:
        self._ready: Future[asyncio.AbstractEventLoop] = Future()
        self._cleaning: set[asyncio.Task[None]] = set()  # that nobody waits for; the loop itself keeps no task alive
        self._thread = threading.Thread(target=asyncio.run, args=[self._main()], name=name, daemon=True)
        self._thread.start()
        self._loop = self._ready.result()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end and return the result. Where the wait is interrupted (Ctrl-C), the work is cancelled."""
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("this would wait for itself: inside the event loop, use the async face")
        if self._stopping.is_set() or not self._thread.is_alive():
            work.close()
            raise TestbedClosed("this testbed is closed: connect again")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return _result(future)
        except BaseException:
            future.cancel()  # nothing to cancel if it was the work itself that failed
            raise

    def clean_up(self, work: Coroutine[Any, Any, None]) -> None:
        """Run what frees something; there is nothing left to free once this is closed.

        In the loop's own thread it is only begun: Python may collect a forgotten iterator anywhere, also there.
        """
        if threading.current_thread() is self._thread:
            task = self._loop.create_task(work)
            self._cleaning.add(task)
            task.add_done_callback(self._cleaning.discard)
            return
        with contextlib.suppress(TestbedClosed):
            self.run(work)

    def close(self) -> None:
        """Cancel what still runs, wait for it and end the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(STOP_PATIENCE)

    async def _main(self) -> None:
        self._stopping = asyncio.Event()
        self._ready.set_result(asyncio.get_running_loop())
        await self._stopping.wait()


def _result(future: Future[T]) -> T:
    """What the future comes to. A signal that comes just before a wait does not end it, so that no wait is endless."""
    while True:
        try:
            return future.result(SIGNALS_SEEN)
        except TimeoutError:
            if future.done():  # the work itself may have raised this
                return future.result()
