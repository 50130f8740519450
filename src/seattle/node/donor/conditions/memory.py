"""Memory pressure: the share of time in which something waits for memory, /proc/pressure/memory."""

import re
from pathlib import Path
from typing import Final

from seattle.node.donor.conditions.reading import Reading, read_text

_SOME: Final = re.compile(r"^some avg10=([0-9]{1,3}\.[0-9]{1,4}) ", re.MULTILINE)


def read_memory_pressure(root: Path) -> Reading:
    """Percent of the last 10 seconds in which at least one task waited for memory."""
    file = root / "proc/pressure/memory"
    match = _SOME.search(read_text(file) or "")
    if match is None:
        return Reading.unknown(f"the kernel tells no memory pressure in {file}")
    percent = float(match[1])
    return Reading(percent, f"waiting for memory {percent:.1f} % of the time")
