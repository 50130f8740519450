"""Threads, locks and time: real ones, inside the guest; only the permission for a thread is asked for outside."""

import _thread
import math
import threading
import time
import weakref
from collections.abc import Callable
from itertools import count
from typing import NoReturn, Self

from seattle.repy.guest import arguments, channel, stack_room
from seattle.repy.guest.calls import api_call
from seattle.repy.guest.channel import Channel
from seattle.repy.guest.exceptions import LockDoubleReleaseError, ResourceExhaustedError

STACK = 512 * 1024
"""Bytes of address space for a thread's stack. It counts as memory only as far as it is used."""

starting = _thread.allocate_lock()
"""Held while a thread is started: the size of its stack is a setting of the whole process."""

_SOON = 0.02  # seconds between two looks at a thread that has not begun, which is rare

_LONGEST_SLEEP = 1e6  # seconds; the system's own sleep refuses more than it can count


class Lock:
    """A mutex that any thread may release; not reentrant."""

    # Two underscores within a name: no program can spell this attribute.
    __slots__ = ("__weakref__", "the__lock")

    the__lock: _thread.LockType

    def __new__(cls, *_args: object, **_kwargs: object) -> Self:
        """Refuse: a layer that counts locks, say, has to see them all."""
        raise TypeError("locks are made by createlock")

    @api_call
    def acquire(self, blocking: bool) -> bool:  # noqa: FBT001 - the reference's signature
        """Take the lock.

        Args:
            blocking: True waits until the lock is free; False does not wait.

        Returns:
            Whether the lock is taken now. Not reentrant: who holds it and takes it again waits, too.

        Raises:
            RepyArgumentError: `blocking` is no bool.
        """
        return self.the__lock.acquire(arguments.boolean(blocking, "blocking"))

    @api_call
    def release(self) -> None:
        """Let go of the lock, whoever took it: any thread may.

        Raises:
            LockDoubleReleaseError: Nobody holds it.
        """
        try:
            self.the__lock.release()
        except RuntimeError:
            raise LockDoubleReleaseError("the lock is not held") from None

    def __enter__(self) -> None:
        self.acquire(True)  # noqa: FBT003 - the reference's signature

    def __exit__(self, *_: object) -> None:
        self.release()

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("locks can't be copied")


@api_call
def createlock() -> Lock:
    """Make a lock that nobody holds.

    Returns:
        A lock; `with lock:` takes it and lets go.
    """
    lock = object.__new__(Lock)
    lock.the__lock = _thread.allocate_lock()
    return lock


@api_call
def sleep(seconds: float) -> None:
    """Wait for at least so long.

    Args:
        seconds: An `int` or a `float`, 0 or more. What is not a number (NaN) is over at once, infinity never.

    Raises:
        RepyArgumentError: `seconds` is negative or no number; a `bool` is none.
    """
    left = arguments.number(seconds, "seconds")
    if math.isnan(left):
        return
    while left > _LONGEST_SLEEP:
        time.sleep(_LONGEST_SLEEP)
        left -= _LONGEST_SLEEP
    time.sleep(left)


class Threads:
    """The program's threads: it is over when the last one has ended that is not a daemon."""

    def __init__(self, on_uncaught: Callable[[BaseException], None]) -> None:
        self._on_uncaught = on_uncaught
        self._changed = threading.Condition(_thread.allocate_lock())
        self._alive = 0
        self._daemons = 0  # of those
        self._most_alive = 0
        self._numbers = count(1)
        self._local = threading.local()
        threading.stack_size(STACK)

    def create(self, function: Callable[[], object], daemon: bool = False) -> None:  # noqa: FBT001, FBT002 - by position, like all of the API
        """Run a function in a new thread.

        What it raises and does not catch ends the whole program, as in the main part.

        Args:
            function: A function or a method; it is called without arguments. Calls of the API will do.
            daemon: True for a thread that the program's end does not wait for. It goes no further then, and no
                `finally` of it is run.

        Raises:
            RepyArgumentError: `function` is neither a function nor a method; classes are not. Or `daemon` is no bool.
            ResourceExhaustedError: All `events` are taken, or there is no memory for another thread.

        Costs:
            A unit of `events` until the function ends. The main part holds one, too. More than 1,000 threads in a
            second wait for their turn.
        """
        arguments.function(function, "function")
        arguments.boolean(daemon, "daemon")
        self._start(function, channel.mine().ask_for_channel(), daemon=daemon)

    def name(self) -> str:
        """Name the thread that asks.

        Returns:
            `MainThread`, or a name that no other thread of this run has or had.
        """
        return getattr(self._local, "name", "MainThread")

    def wait_for_all(self) -> None:
        """Return when no created thread is alive but daemons."""
        with self._changed:
            self._changed.wait_for(lambda: self._alive == self._daemons)

    def _start(self, function: Callable[[], object], own: Channel, *, daemon: bool) -> None:
        """Return when the function is about to run; raise ResourceExhaustedError if it never will."""
        with self._changed:
            self._alive += 1
            self._daemons += daemon
            if self._alive > self._most_alive:  # the system keeps the stacks of ended threads for the next ones
                self._most_alive = self._alive
                stack_room.open_to(self._alive * STACK)
        try:
            name = f"_EVENT:Thread:{next(self._numbers)}"
            line, begun = weakref.ref(own), _thread.allocate_lock()
            begun.acquire()
            with starting:
                _thread.start_new_thread(self._run, (function, own, name, begun, daemon))
        except (RuntimeError, MemoryError):
            own.close()
            self._ended(daemon=daemon)
            raise _no_room() from None
        del own  # the thread's alone now: when it can't even begin, for want of memory, nothing but this tells
        while not begun.acquire(timeout=_SOON):
            if line() is None:
                self._ended(daemon=daemon)
                raise _no_room()

    def _run(
        self,
        function: Callable[[], object],
        own: Channel,
        name: str,
        begun: _thread.LockType,
        daemon: bool,  # noqa: FBT001 - the interpreter passes on what it is given by position
    ) -> None:
        try:
            channel.use(own)
            self._local.name = name
        except MemoryError:
            return  # `_start` notices
        begun.release()
        try:
            function()
        except BaseException as error:  # noqa: BLE001 - whatever it is ends the program
            self._on_uncaught(error)
        finally:
            own.close()
            self._ended(daemon=daemon)

    def _ended(self, *, daemon: bool) -> None:
        with self._changed:
            self._alive -= 1
            self._daemons -= daemon
            self._changed.notify_all()


def _no_room() -> ResourceExhaustedError:
    return ResourceExhaustedError("no room for another thread: memory or events are used up")
