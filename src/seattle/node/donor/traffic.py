"""What programs have exchanged with other computers, by hour, day and month, against the donor's caps."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from seattle.node.donor import policy
from seattle.node.donor.conditions.reading import Reading
from seattle.node.donor.watch import Finding

MEGABYTE: Final = 1_000_000  # bytes
PERIODS: Final[Mapping[str, str]] = {"hour": "%Y-%m-%dT%H", "day": "%Y-%m-%d", "month": "%Y-%m"}

Bytes = Annotated[int, Meta(ge=0)]


class Count(msgspec.Struct, kw_only=True):
    """The bytes of one period, such as the month 2026-11."""

    period: str
    used: Bytes = 0


class Traffic(msgspec.Struct, kw_only=True):
    """The counts of now. It changes; whoever holds it writes it down."""

    counts: dict[str, Count] = {}  # by the name of the period
    counted: dict[str, Bytes] = {}  # of programs that run, by run: how much of theirs is in the counts

    def roll(self, now: datetime) -> None:
        """Begin new periods by this local time.

        A clock that is set back opens no new period: what was used stays used, in the period that it now is.
        """
        for name, pattern in PERIODS.items():
            period = now.strftime(pattern)
            count = self.counts.setdefault(name, Count(period=period))
            if period > count.period:
                count.used = 0
            count.period = period

    def note(self, run: str, total: int, now: datetime) -> None:
        """A run has exchanged `total` bytes since it began. A total that shrinks gives nothing back."""
        self.roll(now)
        more = max(0, total - self.counted.get(run, 0))
        self.counted[run] = max(total, self.counted.get(run, 0))
        for count in self.counts.values():
            count.used += more

    def forget(self, run: str) -> None:
        """A run has ended, and is counted."""
        self.counted.pop(run, None)

    def left(self, caps: policy.Traffic) -> int | None:
        """Bytes until the first cap; None without any."""
        return min((cap - self.counts[name].used for name, cap in _caps(caps).items()), default=None)

    def read(self, caps: policy.Traffic) -> Reading:
        """Percent of the cap that is nearest to its end."""
        if not (limits := _caps(caps)):
            return Reading(0.0, "no cap")
        parts = {name: 100 * self.counts[name].used / cap if cap else 100.0 for name, cap in limits.items()}
        fullest = max(parts, key=lambda name: parts[name])
        used, cap = self.counts[fullest].used / MEGABYTE, limits[fullest] / MEGABYTE
        return Reading(parts[fullest], f"{used:.6g} of {cap:g} megabytes of this {fullest} are used")


def traffic_finding(traffic: Traffic, caps: policy.Traffic, grace: float) -> Finding:
    """What these caps make of it. `grace`: the policy's, in minutes."""
    reading = traffic.read(caps)
    held = reading.value is None or reading.value >= 100
    minutes = grace if caps.grace is None else caps.grace
    return Finding("traffic", reading, held, "in the next hour, day or month", minutes * policy.MINUTE)


def _caps(caps: policy.Traffic) -> dict[str, int]:
    """Bytes, by the name of the period."""
    megabytes = {"hour": caps.hour_megabytes, "day": caps.day_megabytes, "month": caps.month_megabytes}
    return {name: round(cap * MEGABYTE) for name, cap in megabytes.items() if cap is not None}
