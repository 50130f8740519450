"""How busy others keep the processors: /proc/stat, without what our own programs use.

The load average would count those, too: a program that is frozen would lower it, be thawed, raise it, and so on.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from seattle.node.donor.conditions.reading import Reading, read_text

_TICKS: Final = 100  # a second, in /proc/stat, on every Linux that we run on
_FIELDS: Final = 8  # user nice system idle iowait irq softirq steal; guests are in user already
_IDLE: Final = (3, 4)  # idle and iowait

OwnCpu = Callable[[], Mapping[int, float]]  # CPU seconds so far of each process of ours, by its id


class Load:
    """Compares each look with the one before; looks are some seconds apart."""

    def __init__(self, root: Path, own: OwnCpu) -> None:
        self._file = root / "proc/stat"
        self._own = own
        self._before: tuple[float, float, Mapping[int, float]] | None = None

    def read(self) -> Reading:
        """Percent of all processors that others used since the look before; 0 at the first."""
        times = self._times()
        if times is None:
            return Reading.unknown(f"{self._file} does not tell it")
        (busy, total), own, before = times, self._own(), self._before
        self._before = busy, total, own
        if before is None:
            return Reading(0.0, "not measured yet")
        passed = total - before[1]
        if passed <= 0:
            return Reading(0.0, "not measured yet")
        ours = sum(max(0.0, used - before[2][pid]) for pid, used in own.items() if pid in before[2])
        percent = min(100.0, max(0.0, 100 * (busy - before[0] - ours) / passed))
        return Reading(percent, f"others use {percent:.0f} % of the processors")

    def _times(self) -> tuple[float, float] | None:
        """CPU seconds of all processors since the boot: busy, and all."""
        first, *_ = (read_text(self._file) or "").splitlines() or [""]
        name, *words = first.split()[: _FIELDS + 1] or [""]
        if name != "cpu" or len(words) <= max(_IDLE) or not all(word.isdecimal() for word in words):
            return None
        ticks = [int(word) for word in words]
        total = sum(ticks)
        return (total - sum(ticks[place] for place in _IDLE)) / _TICKS, total / _TICKS
