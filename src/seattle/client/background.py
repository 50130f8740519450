"""An event loop in a thread of its own, for those who don't want to write `async`."""

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

from seattle.client.errors import TestbedClosed

STOP_PATIENCE: Final = 60.0  # seconds that what is cancelled may take to clean up
CLOSED: Final = "this testbed is closed: connect again"
SIGNALS_SEEN: Final = 0.2  # seconds at most until a signal that came just before a wait is seen

T = TypeVar("T")


class Background:
    """Runs coroutines in its thread while the caller waits. Close it; it ends with the process in any case."""

    def __init__(self, name: str) -> None:
        """Raises OSError if the system has nothing left for a loop: it takes a few descriptors."""
        self._ready: Future[asyncio.AbstractEventLoop] = Future()
        self._process = os.getpid()
        self._ended = threading.Event()
        self._tasks: set[asyncio.Task[Any]] = set()  # the loop itself keeps no task alive
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()
        self._loop = self._ready.result()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end and return the result. Where the wait is interrupted (Ctrl-C), the work is cancelled.

        The waiting thread takes no lock but a queue's own: Python may raise KeyboardInterrupt between any two calls,
        and what a `with` of a future's has locked is then locked for ever, for the loop, too.
        """
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("this would wait for itself: inside the event loop, use the async face")
        if self._is_closed:
            work.close()
            raise TestbedClosed(CLOSED)
        begun: list[asyncio.Task[T]] = []
        done: SimpleQueue[asyncio.Task[T]] = SimpleQueue()

        def begin() -> None:
            begun.append(self._begin(work))
            begun[0].add_done_callback(done.put)

        def cancel() -> None:
            for task in begun:
                task.cancel()

        try:
            self._loop.call_soon_threadsafe(begin)
            task = self._wait(done)
        except BaseException:
            with contextlib.suppress(RuntimeError):  # the loop has ended, and its work before
                self._loop.call_soon_threadsafe(cancel)
            raise
        begun.clear()
        if task.cancelled():
            raise TestbedClosed(CLOSED)
        try:
            return task.result()
        finally:
            del task  # what it raises leads here by its traceback: no circle

    def clean_up(self, work: Coroutine[Any, Any, None]) -> None:
        """Run what frees something; there is nothing left to free once this is closed.

        In the loop's own thread it is only begun: Python may collect a forgotten iterator anywhere, also there.
        """
        if threading.current_thread() is self._thread:
            self._begin(work)
            return
        with contextlib.suppress(TestbedClosed):
            self.run(work)

    def close(self) -> None:
        """Cancel what still runs, wait for it and end the thread."""
        if not self._is_closed:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(STOP_PATIENCE)

    @property
    def _is_closed(self) -> bool:
        """Or in a forked process, which has no such thread, or one that ends, in which it does not run any more.

        The thread itself is not asked: Python takes it for ended for ever if Ctrl-C comes while `is_alive` looks.
        """
        is_elsewhere = os.getpid() != self._process
        return self._stopping.is_set() or self._ended.is_set() or is_elsewhere or sys.is_finalizing()

    def _begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """In the loop's own thread."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _wait(self, done: "SimpleQueue[asyncio.Task[T]]") -> asyncio.Task[T]:
        """The task, when it is done. Never one long wait: a signal that comes just before a wait does not end it."""
        while True:
            with contextlib.suppress(Empty):
                return done.get(timeout=SIGNALS_SEEN)
            if self._ended.is_set() and done.empty():
                raise TestbedClosed(CLOSED)

    def _serve(self) -> None:
        main = self._main()
        try:
            asyncio.run(main)
        except BaseException as why:
            if self._ready.done():
                raise
            self._ready.set_exception(why)  # there was no loop: who made this waits for one
        finally:
            main.close()  # there may have been no loop to begin it
            self._ended.set()

    async def _main(self) -> None:
        self._stopping = asyncio.Event()
        self._ready.set_result(asyncio.get_running_loop())
        await self._stopping.wait()
