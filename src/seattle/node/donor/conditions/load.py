"""How busy others keep the processors: /proc/stat, without what our own programs use.

The load average would count those, too: a program that is frozen would lower it, be thawed, raise it, and so on.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from seattle.node.donor.conditions.reading import Reading, read_text

LEAST: Final = 1.0  # seconds between two looks that are compared
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
        self._latest = Reading(0.0, "not measured yet")

    def read(self) -> Reading:
        """Percent of all processors that others used since the look before; 0 at the first.

        A look that comes too soon after another finds what that found: of a moment, all or nothing is used.
        """
        times = self._times()
        if times is None:
            return Reading.unknown(f"{self._file} does not tell it")
        busy, total, processors = times
        before = self._before
        if before is not None and 0 <= total - before[1] < LEAST * processors:
            return self._latest
        own = self._own()
        self._before = busy, total, own
        if before is not None and total > before[1]:
            ours = sum(max(0.0, used - before[2][pid]) for pid, used in own.items() if pid in before[2])
            percent = min(100.0, max(0.0, 100 * (busy - before[0] - ours) / (total - before[1])))
            self._latest = Reading(percent, f"others use {percent:.0f} % of the processors")
        return self._latest

    def _times(self) -> tuple[float, float, int] | None:
        """CPU seconds of all processors since the boot, busy ones and all; and how many processors there are."""
        first, *rest = (read_text(self._file) or "").splitlines() or [""]
        name, *words = first.split()[: _FIELDS + 1] or [""]
        if name != "cpu" or len(words) <= max(_IDLE) or not all(word.isdecimal() for word in words):
            return None
        ticks = [int(word) for word in words]
        total = sum(ticks)
        processors = sum(line.startswith("cpu") for line in rest)
        return (total - sum(ticks[place] for place in _IDLE)) / _TICKS, total / _TICKS, processors
