"""Threads for functions that block: few, made when there is work for them, and kept for the next."""

import errno
import os
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

MOST = 4  # functions at once; more of them wait for their turn

Answer = Callable[[Any, BaseException | None], None]


class Errand:
    """A function for a thread. `on_done` gets its result, or the exception that ended it, unless it is forgotten."""

    __slots__ = ("_workers", "function", "on_done")

    def __init__(self, workers: "Workers", function: Callable[[], Any], on_done: Answer) -> None:
        self._workers = workers
        self.function = function
        self.on_done: Answer | None = on_done

    def forget(self) -> None:
        """Do not begin it, if it has not begun; otherwise nobody wants to hear of its end."""
        self.on_done = None
        self._workers.strike(self)


class Workers:
    """A bounded pool. Everything but the functions happens in the thread of the loop, which watches `bell`."""

    def __init__(self) -> None:
        self.bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._bell_is_open = threading.Lock()  # held by whoever uses the descriptor
        self._closed = False
        self._made = 0  # threads
        self._busy = 0  # of them
        self._waiting: dict[Errand, None] = {}  # in order
        self._handed: SimpleQueue[Errand | None] = SimpleQueue()
        self._answers: deque[tuple[Errand, Any, BaseException | None]] = deque()

    def run(self, function: Callable[[], Any], on_done: Answer) -> Errand:
        """Run `function` in a thread as soon as one is free, whoever has lost interest in what it does meanwhile."""
        errand = Errand(self, function, on_done)
        self._waiting[errand] = None
        self._hand_out()
        return errand

    def strike(self, errand: Errand) -> None:
        """Take an errand off the list of those that wait for a thread."""
        self._waiting.pop(errand, None)

    def hear(self) -> None:
        """Pass answers on. For when the bell has rung."""
        os.eventfd_read(self.bell)
        while self._answers:
            self._busy -= 1
            errand, value, error = self._answers.popleft()
            if errand.on_done is not None:
                errand.on_done(value, error)
        self._hand_out()

    def close(self) -> None:
        """Let go of the bell, and of the threads as soon as their functions end."""
        with self._bell_is_open:  # or a late answer would go to whatever has got the descriptor's number since
            self._closed = True
            os.close(self.bell)
        for _ in range(self._made):
            self._handed.put(None)

    def _hand_out(self) -> None:
        while self._waiting and self._busy < MOST:
            errand = next(iter(self._waiting))
            del self._waiting[errand]
            self._busy += 1
            if self._busy > self._made and not self._make():
                self._answer(errand, None, OSError(errno.EAGAIN, os.strerror(errno.EAGAIN)))
            else:
                self._handed.put(errand)

    def _make(self) -> bool:
        """One more thread; False where the system has none for us."""
        try:
            threading.Thread(target=self._work, daemon=True).start()
        except RuntimeError:
            return False
        self._made += 1
        return True

    def _work(self) -> None:
        while (errand := self._handed.get()) is not None:
            value: Any = None
            error: BaseException | None = None
            try:
                value = errand.function()
            except Exception as why:  # noqa: BLE001 - handed to the task that waits
                error = why
            self._answer(errand, value, error)

    def _answer(self, errand: Errand, value: Any, error: BaseException | None) -> None:
        self._answers.append((errand, value, error))
        with self._bell_is_open:
            if not self._closed:
                os.eventfd_write(self.bell, 1)
