"""What can't be charged call by call: a guest's CPU time and memory, looked at when it has computed for a while.

A guest stands still for two reasons: it pays for CPU time that it overdrew, or it is frozen. It goes on when neither
holds any more, so that a freeze and the CPU share don't undo each other's signals.
"""

import signal
import time
from collections.abc import Callable

from seattle.repy.monitor.cpu_alarm import CpuAlarm, cpu_clock
from seattle.repy.monitor.cpu_budget import CpuBudget
from seattle.repy.monitor.guest_process import GuestProcess
from seattle.repy.monitor.scheduler import Scheduler, Timer
from seattle.resources.kinds import Resource
from seattle.resources.meter import Meter
from seattle.resources.overrides import override

_OFTEN, _SELDOM = 0.1, 5.0
"""Seconds between two glances at the CPU clock, for what the alarm may not hear: so soon after each look, and a little
later after each glance that found nothing. Who has rested can overdraw unseen for that long at most, and pays then."""

_LATER = 1.25
"""By how much: who computes unseen until the next glance, and ends its run instead of paying, has rested four times as
long before."""


class Gauges:
    """Keeps one guest within its CPU share by stopping and continuing it, and within its memory by ending it."""

    def __init__(
        self,
        scheduler: Scheduler,
        meter: Meter,
        guest: GuestProcess,
        *,
        on_overdrawn: Callable[[str], None],
        on_hidden: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`on_overdrawn` gets the reason; `on_hidden` hears that nobody can tell how much memory the guest has."""
        self._scheduler = scheduler
        self._meter = meter
        self._guest = guest
        self._on_overdrawn = on_overdrawn
        self._on_hidden = on_hidden
        self._clock = clock
        self._memory_limit = meter.limits[Resource.MEMORY]
        self._cpu_clock = cpu_clock(guest.pid)
        self._paying = False  # for CPU time that it overdrew
        self._frozen = False  # by whoever has launched it
        self._stopped: float | None = None  # when it began to stand still
        self._next_look: Timer | None = None
        self._next_glance: Timer | None = None
        self._looked_at = 0.0  # CPU seconds that were used at the latest look
        self._alarm: CpuAlarm | None = None
        self._started = clock()
        self._cpu_before = self._cpu()
        self.peak = guest.size().resident  # bytes of memory, the most that was seen
        self._budget = CpuBudget(float(meter.limits[Resource.CPU]), now=self._started, used=0.0)

    def start(self) -> None:
        """Look from now on."""
        # Also when this process has computed: a guest can make it do much for little, such as listing all its files.
        self._alarm = CpuAlarm(self._scheduler, [self._cpu_clock, time.CLOCK_PROCESS_CPUTIME_ID], self._look)
        self._wait_for_alarm()

    def close(self) -> None:
        """Look no more, and let go of the alarm. When the scheduler does not run any more."""
        if self._alarm is not None:
            self._alarm.close()

    def update(self) -> None:
        """Bring `meter.cpu` and `meter.memory` up to date."""
        self._meter.cpu = self._cpu() - self._cpu_before
        self._meter.memory = self._guest.size().resident
        self.peak = max(self.peak, self._meter.memory)

    def freeze(self) -> None:
        """Let the guest stand still, whatever it does, until it is thawed."""
        self._frozen = True
        self._stand_or_go()

    def thaw(self) -> None:
        """Let the guest go on, unless it has CPU time to pay for."""
        self._frozen = False
        self._stand_or_go()

    def change_cpu(self, share: str) -> None:
        """Hold it to another CPU share from now on. Raises ValueError or ResourceMathError for what is none."""
        limits = override(self._meter.limits, [f"cpu={share}"])
        if limits[Resource.CPU] <= 0:
            raise ValueError(f"cpu={share}: a program that may not compute is to be frozen or stopped")
        self._meter.limits = limits
        self._budget.change(float(limits[Resource.CPU]))
        self._guest.change_cpu(float(limits[Resource.CPU]))
        self._look()

    def stop_times(self) -> list[tuple[float, float]]:
        """When the guest stood still, and for how long: seconds, the start of the run being 0. The last may go on."""
        stops = self._meter.stop_times()
        if self._stopped is not None:
            stops.append((self._stopped - self._started, self._clock() - self._stopped))
        return stops

    def _look(self) -> None:
        if self._next_look is not None:
            self._next_look.cancel()  # the alarm may ring while the guest stands still, for its calls go on
        try:
            self.update()
        except (OSError, ValueError):  # the guest has just ended; its end is handled elsewhere
            return
        if self._meter.memory == 0:
            self._on_hidden()
            return
        if self._meter.memory > self._memory_limit:
            self._on_overdrawn(f"memory: {self._meter.memory} bytes in use, {self._memory_limit} allowed")
            return
        stop = self._budget.stop_for(now=self._clock(), used=self._meter.cpu)
        self._paying = stop > 0
        self._stand_or_go()
        if self._paying:
            self._next_look = self._scheduler.after(stop, self._look)
        else:
            self._wait_for_alarm()

    def _wait_for_alarm(self) -> None:
        if self._alarm is not None:
            self._looked_at = self._meter.cpu
            self._alarm.arm(self._budget.look_after())
            self._glance_in(_OFTEN)

    def _glance_in(self, seconds: float) -> None:
        if self._next_glance is not None:
            self._next_glance.cancel()
        self._next_glance = self._scheduler.after(seconds, lambda: self._glance(seconds))

    def _glance(self, waited: float) -> None:
        """Look, if the alarm should have rung by now."""
        try:
            used = self._cpu() - self._cpu_before
        except OSError:  # as in `_look`
            return
        if used - self._looked_at >= self._budget.look_after():
            self._look()
        else:
            self._glance_in(min(_LATER * waited, _SELDOM))

    def _stand_or_go(self) -> None:
        still = self._paying or self._frozen
        if still and self._stopped is None:
            self._stopped = self._clock()
            self._guest.signal(signal.SIGSTOP)
        elif not still and self._stopped is not None:
            self._meter.note_stop(self._stopped - self._started, self._clock() - self._stopped)
            self._stopped = None
            self._guest.signal(signal.SIGCONT)

    def _cpu(self) -> float:
        """CPU seconds of the guest and of this process: what the monitor does, it does for the guest."""
        return time.clock_gettime(self._cpu_clock) + time.process_time()
