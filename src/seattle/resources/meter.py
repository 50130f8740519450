"""Holds a running program to its vector: buckets for rates, counters for items, gauges for the rest.

For the monitor, which does one thing at a time: no locks, and plain attributes, since every call that a
program makes passes here. Nothing in this module sleeps: it says how long to wait, and the caller does.
"""

import math
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from seattle.resources.errors import ResourceExhaustedError, ResourceForbiddenError
from seattle.resources.kinds import NUMBERS, PORTS, Resource
from seattle.resources.vector import ResourceVector

Clock = Callable[[], float]  # seconds, since any moment

STOPS_KEPT: Final = 100
NO_WAIT: Final = 1e-9  # seconds; below this a wait is rounding error, and sleeping would only cost a system call


class TokenBucket:
    """One renewable resource: a level that charges raise and time lowers, `limit` units a second.

    One second's worth is a free burst. An operation runs first; what it overshoots is then waited for.
    Several threads that overshoot one bucket wait one after the other: each wait covers all charges so far.
    """

    __slots__ = ("_clock", "_level", "_seen", "limit", "resource", "spent")

    def __init__(self, resource: Resource, limit: float, *, clock: Clock = time.monotonic) -> None:
        self.resource = resource
        self.limit = limit  # units a second
        self.spent = 0.0  # units, all that was ever charged
        self._clock = clock
        self._level = 0.0
        self._seen = clock()

    def charge(self, amount: float) -> float:
        """Take `amount` units (bytes, mostly); return the seconds that the caller has to wait, 0 or more.

        Raises ResourceForbiddenError if the vessel has none of this resource, even for an amount of 0.
        """
        limit = self.limit
        if not limit > 0:
            raise ResourceForbiddenError(
                self.resource, f"this vessel may not use {self.resource.value}: its limit is 0"
            )
        if not 0 <= amount < math.inf:  # a negative charge would be a gift
            raise ValueError(f"cannot charge {amount} {self.resource.unit} of {self.resource.value}")
        now = self._clock()
        elapsed = now - self._seen
        self._seen = now
        level = self._level
        if elapsed > 0:  # a clock that was set back gives nothing and takes nothing
            level -= elapsed * limit
            if level < 0:
                level = 0.0
        level += amount
        self._level = level
        self.spent += amount
        wait = level / limit - 1.0
        return wait if wait > NO_WAIT else 0.0

    def wait_time(self) -> float:
        """Seconds until an operation may begin, because of earlier overshoots. Raises as `charge` does."""
        return self.charge(0)

    def level(self) -> float:
        """Units charged and not yet recovered, now. More than `limit` means that somebody waits."""
        elapsed = max(0.0, self._clock() - self._seen)
        return max(0.0, self._level - elapsed * self.limit)


class Slot:
    """One item that a program holds; make one with `ItemCounter.take`.

    The object is the handle: no handle is ever used twice, and none can be given back to the wrong counter.
    """

    __slots__ = ("_counter",)

    def __init__(self, counter: "ItemCounter") -> None:
        self._counter: ItemCounter | None = counter

    def release(self) -> None:
        """Give the item back. Doing so again changes nothing."""
        counter, self._counter = self._counter, None
        if counter is not None:
            counter.held -= 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class ItemCounter:
    """One item resource: how many a program holds, of how many it may hold."""

    __slots__ = ("held", "limit", "resource")

    def __init__(self, resource: Resource, limit: int) -> None:
        self.resource = resource
        self.limit = limit
        self.held = 0

    def take(self) -> Slot:
        """Take one item and return its slot. Raises ResourceExhaustedError at the limit; it never waits."""
        if self.held >= self.limit:
            raise ResourceExhaustedError(
                self.resource,
                f"this vessel may hold {self.limit} {self.resource.unit} ({self.resource.value}) and holds "
                f"{self.held}: close one first",
            )
        self.held += 1
        return Slot(self)


class Meter:
    """All buckets and counters of one running vessel, what the monitor measured, and when it was stopped.

    The buckets and counters are attributes: `meter.netsend.charge(1024)`, `slot = meter.events.take()`.
    cpu, memory and diskused can't be charged call by call: the monitor measures them and puts them here.
    """

    def __init__(self, limits: ResourceVector, *, clock: Clock = time.monotonic) -> None:
        def bucket(resource: Resource) -> TokenBucket:
            return TokenBucket(resource, limits[resource], clock=clock)

        self.limits = limits
        self.fileread = bucket(Resource.FILEREAD)
        self.filewrite = bucket(Resource.FILEWRITE)
        self.netsend = bucket(Resource.NETSEND)
        self.netrecv = bucket(Resource.NETRECV)
        self.loopsend = bucket(Resource.LOOPSEND)
        self.looprecv = bucket(Resource.LOOPRECV)
        self.lograte = bucket(Resource.LOGRATE)
        self.random = bucket(Resource.RANDOM)
        self.events = ItemCounter(Resource.EVENTS, limits[Resource.EVENTS])
        self.filesopened = ItemCounter(Resource.FILESOPENED, limits[Resource.FILESOPENED])
        self.insockets = ItemCounter(Resource.INSOCKETS, limits[Resource.INSOCKETS])
        self.outsockets = ItemCounter(Resource.OUTSOCKETS, limits[Resource.OUTSOCKETS])
        self.cpu = 0.0  # CPU seconds used so far
        self.memory = 0  # bytes resident when last measured
        self.diskused = 0  # bytes on disk when last measured
        self._ports_used: dict[Resource, set[int]] = {resource: set() for resource in PORTS}
        self._stops: deque[tuple[float, float]] = deque(maxlen=STOPS_KEPT)

    def use_port(self, resource: Resource, port: int) -> None:
        """Note that the program uses a local port. Raises ResourceForbiddenError if the vessel lacks it.

        Args:
            resource: MESSPORT for UDP or CONNPORT for TCP.
            port: the local port number.
        """
        if port not in self.limits.ports(resource):
            raise ResourceForbiddenError(resource, f"this vessel may not use {resource.unit} {port}")
        self._ports_used[resource].add(port)

    def note_stop(self, at: float, seconds: float) -> None:
        """Remember that the program was stopped for `seconds`, `at` seconds after it began."""
        self._stops.append((at, seconds))

    def stop_times(self) -> list[tuple[float, float]]:
        """The last 100 stops, oldest first: when (seconds after the start) and for how long (seconds)."""
        return list(self._stops)

    def usage(self) -> dict[str, float | list[int]]:
        """What is in use now, under the names of `ResourceVector.to_mapping`.

        Units: cpu in CPU seconds since the start; memory and diskused in bytes; the other rates as the level
        of their buckets, in bytes; items counted; ports as ascending lists of those used so far.
        """
        usage: dict[str, float | list[int]] = {}
        for resource in NUMBERS:
            gauge: TokenBucket | ItemCounter | float = getattr(self, resource.value)
            if isinstance(gauge, TokenBucket):
                usage[resource.value] = gauge.level()
            elif isinstance(gauge, ItemCounter):
                usage[resource.value] = gauge.held
            else:
                usage[resource.value] = gauge
        for resource in PORTS:
            usage[resource.value] = sorted(self._ports_used[resource])
        return usage
