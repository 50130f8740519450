"""Runs many waiting calls on one thread: a selector loop with timers, for tasks written as generators.

A task yields what it waits for (`Sleep`, `Readiness`, `InThread`) and is resumed with the answer. asyncio would do,
at twice the cost for each call through the door.
"""

import heapq
import select
import time
from collections.abc import Callable, Generator
from itertools import count
from typing import Any, NamedTuple

from seattle.repy.monitor.workers import Errand, Workers

GLANCE = 0.005  # seconds that the loop waits for one source alone
STREAK = 64  # events of one source before the others are looked after
URGENT_WITHIN = 0.05  # seconds after which a busy loop looks at what is urgent
LONGEST_POLL = 3600.0  # seconds; the kernel's list can't be waited for as long as a timer may be away
_FEW = 64  # cancelled timers that are not worth a clean-up

READABLE = select.EPOLLIN
WRITABLE = select.EPOLLOUT


class Sleep(NamedTuple):
    """Wait for `seconds`, 0 or more."""

    seconds: float


class Bell:
    """Whoever has it can end a wait early. One of its waits at a time."""

    __slots__ = ("heard",)

    def __init__(self) -> None:
        self.heard: Callable[[], None] | None = None

    def ring(self) -> None:
        """Let the wait be over, if there is one."""
        if self.heard is not None:
            self.heard()


class Readiness(NamedTuple):
    """Wait until a descriptor is ready; resumed with True, or with False when `seconds` have passed before.

    With a `bell`, also when that is rung, and with True.
    """

    fd: int
    events: int
    seconds: float | None = None
    bell: Bell | None = None


class InThread(NamedTuple):
    """Wait for a function that blocks (the resolver does); resumed with its result, or its exception is raised.

    After `seconds` TimeoutError is raised, whether the function has begun or not, and what becomes of it is ignored.
    """

    function: Callable[[], Any]
    seconds: float | None = None


Wait = Sleep | Readiness | InThread
Task = Generator[Wait, Any, Any]


class Timer:
    """A callback due at a moment of the monotonic clock, unless cancelled."""

    __slots__ = ("_on_cancelled", "callback")

    def __init__(self, callback: Callable[[], None], on_cancelled: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback
        self._on_cancelled = on_cancelled

    def cancel(self) -> None:
        """Never call back; harmless when it already did."""
        if self.callback is not None:
            self.callback = None
            self._on_cancelled()


class Running:
    """A task in flight. `on_done` gets the result, or the exception that ended it."""

    __slots__ = ("_bell", "_errand", "_fd", "_on_done", "_scheduler", "_task", "_timer")

    def __init__(
        self, scheduler: "Scheduler", task: Task, on_done: Callable[[Any, BaseException | None], None]
    ) -> None:
        self._scheduler = scheduler
        self._task: Task | None = task
        self._on_done = on_done
        self._fd: int | None = None
        self._timer: Timer | None = None
        self._errand: Errand | None = None
        self._bell: Bell | None = None

    def cancel(self) -> None:
        """End the task where it stands; its `finally` blocks run, `on_done` is not called."""
        task, self._task = self._task, None
        self._stop_waiting()
        if task is not None:
            task.close()

    def resume(self, value: Any = None, error: BaseException | None = None) -> None:
        """Run the task on to its next wait, or to its end."""
        self._stop_waiting()
        if self._task is None:
            return
        try:
            wait = self._task.throw(error) if error is not None else self._task.send(value)
        except StopIteration as end:
            self._task = None
            self._on_done(end.value, None)
        except Exception as why:  # noqa: BLE001 - whatever ended the task is its caller's to judge
            self._task = None
            self._on_done(None, why)
        else:
            try:
                self.wait_for(wait)
            except OSError as why:  # the kernel watches no more descriptors
                self.cancel()
                self._on_done(None, why)

    def wait_for(self, wait: Wait) -> None:
        """Resume the task when `wait` is over."""
        scheduler = self._scheduler
        match wait:
            case Sleep(seconds):
                self._timer = scheduler.after(seconds, self.resume)
            case Readiness(fd, events, seconds, bell):
                scheduler.watch(fd, events, lambda _events: self.resume(value=True))
                self._fd = fd
                if seconds is not None:
                    self._timer = scheduler.after(seconds, lambda: self.resume(value=False))
                if bell is not None:
                    self._bell = bell
                    bell.heard = lambda: self.resume(value=True)
            case InThread(function, seconds):
                self._errand = scheduler.run_in_thread(function, self.resume)
                if seconds is not None:
                    self._timer = scheduler.after(seconds, lambda: self.resume(error=TimeoutError()))

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._fd is not None:
            self._scheduler.unwatch(self._fd)
            self._fd = None
        if self._errand is not None:
            self._errand.forget()
            self._errand = None
        if self._bell is not None:
            self._bell.heard = None
            self._bell = None


class Scheduler:
    """One loop. `run` returns when `stop` was called."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._epoll = select.epoll()
        self._urgent = select.epoll()
        self._callbacks: dict[int, Callable[[int], None]] = {}
        self._timers: list[tuple[float, int, Timer]] = []
        self._cancelled = 0  # of the timers
        self._order = count()
        self._stopping: list[bool] = []  # empty until `stop`
        self._favourite: Callable[[], bool] | None = None
        self._workers = Workers()
        self.watch(self._workers.bell, READABLE, lambda _events: self._workers.hear())
        self.watch(self._urgent.fileno(), READABLE, lambda _events: self._look_at_urgent())

    def watch(self, fd: int, events: int, callback: Callable[[int], None]) -> None:
        """Call back with the events whenever `fd` is ready. One watcher a descriptor."""
        self._epoll.register(fd, events)
        self._callbacks[fd] = callback

    def watch_urgent(self, fd: int, callback: Callable[[int], None]) -> None:
        """The same for what has to be heard while the others keep the loop busy."""
        self._urgent.register(fd, READABLE)
        self._callbacks[fd] = callback

    def unwatch(self, fd: int) -> None:
        """Forget `fd`. Do so before closing it."""
        if self._callbacks.pop(fd, None) is not None:
            self._epoll.unregister(fd)

    def unwatch_urgent(self, fd: int) -> None:
        """The same for what was watched as urgent."""
        del self._callbacks[fd]
        self._urgent.unregister(fd)

    def favour(self, hear: Callable[[], bool] | None) -> None:
        """Name the one source that nearly all events come from, or none.

        `hear` waits for its next event for at most `GLANCE`, serves it, and says whether there was one. While its
        events come one after the other the loop waits there and not in the kernel's list of all sources, which
        saves a system call for each. All others are looked after every `STREAK` events, and when it falls silent.
        """
        self._favourite = hear

    def after(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Call back once, in `seconds`."""
        timer = Timer(callback, self._count_cancelled)
        heapq.heappush(self._timers, (self._clock() + seconds, next(self._order), timer))
        return timer

    def start(self, task: Task, on_done: Callable[[Any, BaseException | None], None]) -> Running:
        """Run a task to its first wait at once; the rest follows from the loop."""
        running = Running(self, task, on_done)
        running.resume()
        return running

    def resume_after(self, wait: Wait, task: Task, on_done: Callable[[Any, BaseException | None], None]) -> Running:
        """Go on with a task that somebody has already run to its first `wait`."""
        running = Running(self, task, on_done)
        running.wait_for(wait)
        return running

    def run_in_thread(self, function: Callable[[], Any], on_done: "Resume") -> Errand:
        """Run `function` in a thread; from the loop, `on_done` gets what came of it."""
        return self._workers.run(function, on_done)

    def close(self) -> None:
        """Let go of all descriptors of the loop's own."""
        self._epoll.close()
        self._urgent.close()
        self._workers.close()

    def stop(self) -> None:
        """Let `run` return after the callback that runs now."""
        self._stopping.append(True)

    def run(self) -> None:
        """Serve until `stop`."""
        callbacks, timers, stopping = self._callbacks, self._timers, self._stopping
        poll, clock = self._epoll.poll, self._clock
        streak = 0  # events of the favourite that came one after the other; 0 when it is silent
        look = clock()  # when to look at what is urgent
        while not stopping:
            # This loop is on the way of every call through the door: the common case takes no function of ours.
            now = clock()
            if now >= look:
                look = now + URGENT_WITHIN
                self._look_at_urgent()
                continue
            wait = min(timers[0][0] - now, LONGEST_POLL) if timers else -1
            if timers and wait <= 0:
                self._fire_first_timer()
                continue
            if streak and self._favourite is not None:
                streak = streak + 1 if self._favourite() else 0
                if streak % STREAK:
                    continue
                wait = 0
            # One at a time: a thousand lines may be ready, and each call on them may take a while.
            for fd, events in poll(wait, 1):
                callbacks[fd](events)
                streak = 1

    def _look_at_urgent(self) -> None:
        for fd, events in self._urgent.poll(0):
            if (callback := self._callbacks.get(fd)) is not None:  # one of the others may have made us forget it
                callback(events)

    def _fire_first_timer(self) -> None:
        _due, _order, timer = heapq.heappop(self._timers)
        callback, timer.callback = timer.callback, None
        if callback is not None:
            callback()
        else:
            self._cancelled -= 1

    def _count_cancelled(self) -> None:
        """Drop cancelled timers when they are the greater part: what is due in a day would stay until then."""
        self._cancelled += 1
        if self._cancelled > _FEW and self._cancelled > len(self._timers) // 2:
            self._timers[:] = [entry for entry in self._timers if entry[2].callback is not None]
            heapq.heapify(self._timers)
            self._cancelled = 0


Resume = Callable[[Any, BaseException | None], None]
