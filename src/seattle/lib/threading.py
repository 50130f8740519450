"""Threads and what they wait for each other with, as in Python's `threading`, over `createthread`.

Locks and conditions are the interpreter's own: whoever waits sleeps until it is woken, or its timeout is over.

    worker = threading.Thread(target=serve, args=(8080,), daemon=True)
    worker.start()

The program is over when its main part and all threads have ended that are no daemons. What a thread does not catch is
reported (`excepthook`), and the others go on. A thread that can't be started, since all `events` are taken, is a
RuntimeError that is also a ResourceExhaustedError.

Missing: `settrace` and `setprofile`, which hand out frames; `stack_size`, since the stack of a thread is fixed at
512 KiB; `get_native_id`, a number of the donor's system. `excepthook` is given None for a traceback. An exception in
the main part ends the threads as well; and `main_thread().is_alive()` is always true, since
nobody is told when the main part is over.
"""

from _threading_local import local
from collections import namedtuple
from itertools import count
from queue import Queue
from traceback import format_exception

# What the threads of a queue wait for each other with are the interpreter's own.
Condition = type(Queue().not_empty)
RLock = type(Condition()._lock)
TIMEOUT_MAX = 9223372036.0
ThreadError = RuntimeError
ExceptHookArgs = namedtuple("ExceptHookArgs", "exc_type exc_value exc_traceback thread")  # noqa: PYI024 - as Python's


def Lock():
    """A lock that nobody holds: `acquire(blocking=True, timeout=-1)`, `release`, `locked`, and `with`."""
    return Queue().mutex


_numbers = count(1)
_names = count(1)
_here = local()  # `thread`: the Thread that runs here
_alive = {}  # by their numbers, the threads that were started and have not ended
_changing = Lock()


class CantStartThread(RuntimeError, ResourceExhaustedError):
    """There is no room for another thread: the `events` of the vessel are taken, or its memory is."""


class Thread:
    """A function that runs beside the others, once `start` is called.

    `target` is called with `args` and `kwargs`; or a class derived from this one has a `run` of its own. The program's
    end does not wait for a `daemon`; who does not say is one if it is started by one. `group` has to be None.
    """

    def __init__(self, group=None, target=None, name=None, args=(), kwargs=None, *, daemon=None):
        if group is not None:
            raise AssertionError("group argument must be None for now")
        self._target, self._args, self._kwargs = target, args, kwargs or {}
        self._name = str(name) if name else _new_name(target)
        self._daemon = current_thread().daemon if daemon is None else bool(daemon)
        self._number = None
        self._ended = Event()

    def start(self):
        """Begin. Raises RuntimeError if it was begun before, or if there is no room for another thread."""
        with _changing:
            if self._number is not None:
                raise RuntimeError("threads can only be started once")
            self._number = next(_numbers)
            _alive[self._number] = self
        try:
            _create(self._bootstrap, self._daemon)
        except ResourceExhaustedError as why:
            with _changing:
                del _alive[self._number]
                self._number = None
            raise CantStartThread(f"can't start new thread: {why}") from None

    def run(self):
        """What the thread does: it calls its target."""
        if self._target is not None:
            self._target(*self._args, **self._kwargs)

    def join(self, timeout=None):
        """Wait until the thread has ended, or for `timeout` seconds; `is_alive` tells which it was."""
        if self._number is None:
            raise RuntimeError("cannot join thread before it is started")
        if self is current_thread():
            raise RuntimeError("cannot join current thread")
        self._ended.wait(timeout)

    def is_alive(self):
        """Whether it was started and has not ended."""
        return self._number is not None and not self._ended.is_set()

    @property
    def name(self):
        """What it is called; for people, so any number of threads may have the same."""
        return self._name

    @name.setter
    def name(self, name):
        self._name = str(name)

    @property
    def ident(self):
        """Its number, which no other thread has or had; None before it is started."""
        return self._number

    @property
    def daemon(self):
        """Whether the program's end does not wait for it. It can be set before the thread is started."""
        return self._daemon

    @daemon.setter
    def daemon(self, daemon):
        if self._number is not None:
            raise RuntimeError("cannot set daemon status of active thread")
        self._daemon = bool(daemon)

    def __repr__(self):
        state = "initial" if self._number is None else "stopped" if self._ended.is_set() else "started"
        words = [state, *(["daemon"] if self._daemon else []), *([] if self._number is None else [str(self._number)])]
        return f"<{type(self).__name__}({self._name}, {' '.join(words)})>"

    def getName(self):
        """The older form of `name`."""
        return self.name

    def setName(self, name):
        """The older form of `name = ...`."""
        self.name = name

    def isDaemon(self):
        """The older form of `daemon`."""
        return self.daemon

    def setDaemon(self, daemonic):
        """The older form of `daemon = ...`."""
        self.daemon = daemonic

    def _bootstrap(self):
        _here.thread = self
        try:
            self.run()
        except BaseException as error:
            excepthook(ExceptHookArgs(type(error), error, None, self))
        finally:
            with _changing:
                del _alive[self._number]
            self._ended.set()


class Timer(Thread):
    """Calls a function once, after so many seconds, unless it is cancelled before."""

    def __init__(self, interval, function, args=None, kwargs=None):
        super().__init__()
        self.interval, self.function = interval, function
        self.args, self.kwargs = args or [], kwargs or {}
        self.finished = Event()

    def cancel(self):
        """Don't call it, if that has not begun."""
        self.finished.set()

    def run(self):
        """Wait, and call the function."""
        if not self.finished.wait(self.interval):
            self.function(*self.args, **self.kwargs)
        self.finished.set()


class _ForeignThread(Thread):
    """Stands for a thread that `Thread` did not start: the main part, or one of `createthread`'s."""

    def __init__(self, name):
        super().__init__(name=name, daemon=False)
        self._number = next(_numbers)

    def join(self, timeout=None):
        """Raise RuntimeError: nobody is told of its end."""
        raise RuntimeError(f"cannot join {'current' if self is current_thread() else 'this'} thread")


class Event:
    """A flag that threads wait for."""

    def __init__(self):
        self._condition = Condition(Lock())
        self._is_set = False

    def is_set(self):
        """Whether the flag is set."""
        return self._is_set

    isSet = is_set

    def set(self):
        """Set the flag, and wake all who wait for it."""
        with self._condition:
            self._is_set = True
            self._condition.notify_all()

    def clear(self):
        """Take the flag back."""
        with self._condition:
            self._is_set = False

    def wait(self, timeout=None):
        """Wait until the flag is set, or for `timeout` seconds. Returns whether it is set."""
        with self._condition:
            return self._is_set or self._condition.wait(timeout)

    def __repr__(self):
        return f"<threading.Event: {'set' if self._is_set else 'unset'}>"


class Semaphore:
    """A number of permits: who takes one and finds none waits until one is given back."""

    def __init__(self, value=1):
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        self._condition = Condition(Lock())
        self._value = value

    def acquire(self, blocking=True, timeout=None):
        """Take a permit; wait for one, or for `timeout` seconds, if `blocking`. Returns whether it was had."""
        if not blocking and timeout is not None:
            raise ValueError("can't specify timeout for non-blocking acquire")
        with self._condition:
            if not self._value and not (blocking and self._condition.wait_for(lambda: self._value, timeout)):
                return False
            self._value -= 1
            return True

    def release(self, n=1):
        """Give back `n` permits."""
        if n < 1:
            raise ValueError("n must be one or more")
        with self._condition:
            self._value += n
            self._condition.notify(n)

    def __enter__(self):
        return self.acquire()

    def __exit__(self, kind, error, traceback):
        self.release()


class BoundedSemaphore(Semaphore):
    """A semaphore that never has more permits than at first: giving back one too many is a ValueError."""

    def __init__(self, value=1):
        super().__init__(value)
        self._most = value

    def release(self, n=1):
        """Give back `n` permits."""
        if n < 1:
            raise ValueError("n must be one or more")
        with self._condition:
            if self._value + n > self._most:
                raise ValueError("Semaphore released too many times")
            self._value += n
            self._condition.notify(n)


class BrokenBarrierError(RuntimeError):
    """The barrier was aborted, or one who waited lost patience."""


class Barrier:
    """Lets threads through once so many wait. The last one to come calls `action` first, if there is one."""

    def __init__(self, parties, action=None, timeout=None):
        if parties < 1:
            raise ValueError("parties must be > 0")
        self._condition = Condition(Lock())
        self._action, self._timeout, self._parties = action, timeout, parties
        self._round = _Round()

    def wait(self, timeout=None):
        """Wait for the others, or for `timeout` seconds. Returns a number from 0 on, another one for each thread.

        Raises BrokenBarrierError for all who wait when one loses patience, or when somebody calls `abort` or `reset`.
        """
        with self._condition:
            mine = self._round
            if mine.is_broken:
                raise BrokenBarrierError
            number = mine.waiting
            mine.waiting += 1
            if mine.waiting == self._parties:
                self._open(mine)
            elif not self._condition.wait_for(
                lambda: mine.is_open or mine.is_broken, self._timeout if timeout is None else timeout
            ):
                self._break(mine)
            if not mine.is_open:
                raise BrokenBarrierError
            return number

    def reset(self):
        """Begin anew. For those who wait the barrier is broken."""
        with self._condition:
            self._break(self._round)
            self._round = _Round()

    def abort(self):
        """Break it: all who wait, and all who come, get a BrokenBarrierError until it is reset."""
        with self._condition:
            self._break(self._round)

    @property
    def parties(self):
        """How many it takes to open it."""
        return self._parties

    @property
    def n_waiting(self):
        """How many wait."""
        return 0 if self._round.is_broken else self._round.waiting

    @property
    def broken(self):
        """Whether it is broken."""
        return self._round.is_broken

    def _open(self, mine):
        try:
            if self._action:
                self._action()
        except BaseException:
            self._break(mine)
            raise
        mine.is_open = True
        self._round = _Round()
        self._condition.notify_all()

    def _break(self, mine):
        mine.is_broken = True
        self._condition.notify_all()


class _Round:
    """Those whom a barrier lets through together."""

    def __init__(self):
        self.waiting = 0
        self.is_open = self.is_broken = False


def current_thread():
    """The thread that asks."""
    try:
        return _here.thread
    except AttributeError:
        name = getthreadname()
        _here.thread = _main if name == _main.name else _ForeignThread(name)
        return _here.thread


def main_thread():
    """The program's main part."""
    return _main


def get_ident():
    """The number of the thread that asks."""
    return current_thread().ident


def enumerate():
    """All threads that `Thread` has started and that are alive, and the main one."""
    with _changing:
        return [_main, *_alive.values()]


def active_count():
    """How many those are."""
    return len(enumerate())


def excepthook(args):
    """Report what a thread did not catch. Set `threading.excepthook` to a function of your own to have it called."""
    if args.exc_type is not SystemExit:
        print(f"Exception in thread {args.thread.name}:\n{''.join(format_exception(args.exc_value))}", end="")


def _create(function, daemon):
    try:
        createthread(*(function, True) if daemon else (function,))
    except RepyArgumentError:  # a security layer knows one kind of thread only
        createthread(function)


def _new_name(target):
    name = f"Thread-{next(_names)}"
    return f"{name} ({target.__name__})" if hasattr(target, "__name__") else name


_main = _ForeignThread("MainThread")

currentThread = current_thread
activeCount = active_count
