"""What can't be charged call by call: a guest's CPU time and memory, looked at when it has computed for a while."""

import signal
import time
from collections.abc import Callable

from seattle.repy.monitor.cpu_alarm import CpuAlarm, cpu_clock
from seattle.repy.monitor.cpu_budget import CpuBudget
from seattle.repy.monitor.guest_process import GuestProcess
from seattle.repy.monitor.scheduler import Scheduler, Timer
from seattle.resources.kinds import Resource
from seattle.resources.meter import Meter


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
        self._memory_limit = meter.limits[Resource.MEMORY]
        self._cpu_clock = cpu_clock(guest.pid)
        self._stopped: float | None = None
        self._next_look: Timer | None = None
        self._started = clock()
        self._cpu_before = self._cpu()
        self.peak = 0  # bytes of memory, the most that was seen
        self._budget = CpuBudget(float(meter.limits[Resource.CPU]), now=self._started, used=0.0)

    def start(self) -> None:
        """Look from now on."""
        # Also when this process has computed: a guest can make it do much for little, such as listing all its files.
        self._alarm = CpuAlarm(self._scheduler, [self._cpu_clock, time.CLOCK_PROCESS_CPUTIME_ID], self._look)
        self._alarm.arm(self._budget.look_after())

    def update(self) -> None:
        """Bring `meter.cpu` and `meter.memory` up to date."""
        self._meter.cpu = self._cpu() - self._cpu_before
        self._meter.memory = self._guest.size().resident
        self.peak = max(self.peak, self._meter.memory)

    def _look(self) -> None:
        if self._next_look is not None:
            self._next_look.cancel()  # the alarm may ring while the guest stands still, for its calls go on
        try:
            self.update()
        except (OSError, ValueError):  # the guest has just ended; its end is handled elsewhere
            return
        if self._meter.memory > self._memory_limit:
            self._on_overdrawn(f"memory: {self._meter.memory} bytes in use, {self._memory_limit} allowed")
            return
        now = self._clock()
        stop = self._budget.stop_for(now=now, used=self._meter.cpu)
        if stop > 0:
            if self._stopped is None:
                self._stopped = now
                self._guest.signal(signal.SIGSTOP)
            self._next_look = self._scheduler.after(stop, self._look)
            return
        if self._stopped is not None:
            self._meter.note_stop(self._stopped - self._started, now - self._stopped)
            self._stopped = None
            self._guest.signal(signal.SIGCONT)
        self._alarm.arm(self._budget.look_after())

    def _cpu(self) -> float:
        """CPU seconds of the guest and of this process: what the monitor does, it does for the guest."""
        return time.clock_gettime(self._cpu_clock) + time.process_time()
