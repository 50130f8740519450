"""An alarm on CPU clocks: it rings when one of their processes has computed for so long, and never while they sleep.

So the alarm of a vessel that waits costs its donor nothing, however many of them there are, and one that computes is
looked at after just as much CPU time as it may still use. The kernel notices at its tick, some hundred times a second,
and only what computes at that moment: who takes care to sleep then is not heard. `gauges` reckons with that, and
glances at those that wait, too, though seldom.
"""

import ctypes
import os
import signal
from collections.abc import Callable, Sequence

from seattle.repy.monitor.scheduler import Scheduler, Timer

_CPUCLOCK_SCHED = 2  # the kernel's name for the clock that counts all threads of a process, in nanoseconds
_RINGS_BY = signal.SIGPROF
_LOOK = 0.05  # seconds between two looks where the kernel gives no such alarm

_libc = ctypes.CDLL(None, use_errno=True)


class _SignalEvent(ctypes.Structure):
    """`struct sigevent`: 64 bytes, of which a signal to the whole process (notify 0) takes the first three fields."""

    _fields_ = (
        ("value", ctypes.c_void_p),
        ("signo", ctypes.c_int),
        ("notify", ctypes.c_int),
        ("padding", ctypes.c_char * 48),
    )


class _TimerSpec(ctypes.Structure):
    """`struct itimerspec`: then every so often, first after so long; each as seconds and nanoseconds."""

    _fields_ = (
        ("every_seconds", ctypes.c_long),
        ("every_nanoseconds", ctypes.c_long),
        ("seconds", ctypes.c_long),
        ("nanoseconds", ctypes.c_long),
    )


def cpu_clock(pid: int) -> int:
    """The clock that counts the CPU time of all threads of this process, for `time.clock_gettime`."""
    return (~pid << 3) | _CPUCLOCK_SCHED


class CpuAlarm:
    """Calls `on_ring` once after each `arm`, or after the last of several: arming again replaces what was armed for.

    One of them in a process: it needs the signal for itself.
    """

    def __init__(self, scheduler: Scheduler, clocks: Sequence[int], on_ring: Callable[[], None]) -> None:
        """`clocks` are those of the processes, see `cpu_clock`."""
        self._scheduler = scheduler
        self._on_ring = on_ring
        self._timers = [_new_timer(clock) for clock in clocks]
        self._by_time: Timer | None = None  # where the kernel gives no such alarm
        if None not in self._timers:
            self._hear, self._tell = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
            signal.signal(_RINGS_BY, lambda *_: None)  # Python tells only of signals that somebody handles
            signal.set_wakeup_fd(self._tell, warn_on_full_buffer=False)
            scheduler.watch_urgent(self._hear, self._ring)

    def arm(self, seconds: float) -> None:
        """Ring when one has used so many more CPU seconds; the kernel notices a few milliseconds later."""
        if None in self._timers:
            # One thread uses no more CPU time than passes.
            if self._by_time is not None:
                self._by_time.cancel()
            self._by_time = self._scheduler.after(max(seconds, _LOOK), self._on_ring)
            return
        whole, part = divmod(max(round(seconds * 1e9), 1), 10**9)
        for timer in self._timers:
            _libc.timer_settime(timer, 0, ctypes.byref(_TimerSpec(0, 0, whole, part)), None)

    def close(self) -> None:
        """Ring no more, and let go of everything. To be called once, when the scheduler does not run any more."""
        for timer in self._timers:
            if timer is not None:
                _libc.timer_delete(timer)
        if None not in self._timers:
            signal.set_wakeup_fd(-1)
            os.close(self._hear)
            os.close(self._tell)

    def _ring(self, _events: int) -> None:
        try:
            os.read(self._hear, 64)
        except BlockingIOError:
            return
        self._on_ring()


def _new_timer(clock: int) -> ctypes.c_void_p | None:
    """A timer on this clock, or None where there is none to be had: then we look every now and then."""
    timer = ctypes.c_void_p()
    event = _SignalEvent(None, _RINGS_BY, 0)
    try:
        failed = _libc.timer_create(ctypes.c_int(clock), ctypes.byref(event), ctypes.byref(timer))
    except AttributeError:  # a C library without it
        return None
    return None if failed else timer
