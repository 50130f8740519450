"""What can't be charged call by call: the guest's CPU time and memory, looked at ten times a second."""

import signal
import time
from collections.abc import Callable

from seattle.repy.monitor.guest_process import GuestProcess
from seattle.repy.monitor.scheduler import Scheduler
from seattle.resources.kinds import Resource
from seattle.resources.meter import Meter

PERIOD = 0.1  # seconds between two looks
_CPUCLOCK_SCHED = 2  # the kernel's name for the clock that counts all threads of a process, in nanoseconds


def plan_stop(*, used: float, limit: float, elapsed: float) -> float:
    """Seconds that a program has to stand still that used `used` CPU seconds in `elapsed` seconds.

    `limit` is the fraction of one core that it may use. 0 or more.
    """
    return max(used / limit - elapsed, 0.0)


class Gauges:
    """Keeps one guest within its CPU share by stopping and continuing it, and within its memory by ending it."""

    def __init__(
        self,
        scheduler: Scheduler,
        meter: Meter,
        guest: GuestProcess,
        *,
        on_overdrawn: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._scheduler = scheduler
        self._meter = meter
        self._guest = guest
        self._on_overdrawn = on_overdrawn
        self._clock = clock
        self._cpu_limit = float(meter.limits[Resource.CPU])
        self._memory_limit = meter.limits[Resource.MEMORY]
        self._cpu_clock = (~guest.pid << 3) | _CPUCLOCK_SCHED
        self._started = self._since = clock()
        self._cpu_before = self._cpu()

    def start(self) -> None:
        """Look from now on."""
        self._scheduler.after(PERIOD, self._look)

    def update(self) -> None:
        """Bring `meter.cpu` and `meter.memory` up to date."""
        self._meter.cpu = self._cpu()
        self._meter.memory = self._guest.size().resident

    def _look(self) -> None:
        try:
            self.update()
        except (OSError, ValueError):  # the guest has just ended; its end is handled elsewhere
            return
        if self._meter.memory > self._memory_limit:
            self._on_overdrawn(f"memory: {self._meter.memory} bytes in use, {self._memory_limit} allowed")
            return
        now = self._clock()
        stop = plan_stop(used=self._meter.cpu - self._cpu_before, limit=self._cpu_limit, elapsed=now - self._since)
        self._cpu_before, self._since = self._meter.cpu, now
        if stop > 0:
            self._meter.note_stop(now - self._started, stop)
            self._guest.signal(signal.SIGSTOP)
            self._scheduler.after(stop, self._resume)
        else:
            self._scheduler.after(PERIOD, self._look)

    def _resume(self) -> None:
        self._guest.signal(signal.SIGCONT)
        self._since = self._clock()
        self._scheduler.after(PERIOD, self._look)

    def _cpu(self) -> float:
        """CPU seconds of the guest and of this process: what the monitor does, it does for the guest."""
        return time.clock_gettime(self._cpu_clock) + time.process_time()
