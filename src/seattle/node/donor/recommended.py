"""A policy to begin with: what protects this computer, as far as it can be read; the rest as examples to switch on."""

from pathlib import Path
from typing import Final

from seattle.node.donor.conditions.activity import read_idle
from seattle.node.donor.conditions.memory import read_memory_pressure
from seattle.node.donor.conditions.power import read_power
from seattle.node.donor.conditions.reading import Reading
from seattle.node.donor.conditions.temperature import read_temperature

_HEAD: Final = """\
# When programs may run on this computer. A running node reads this file again whenever it changes, and
# `seattle node policy` shows what it makes of it. Each condition has two marks, and between them nothing changes.

grace = 60.0   # minutes that programs stand still before they are stopped
notice = 10.0  # minutes ahead of which users are told that your hours end

# Programs may run in these hours alone; cpu_percent is of the whole computer, for all programs together.
# [[hours]]
# days = ["mon", "tue", "wed", "thu", "fri"]
# from = "22:00"
# to = "07:00"
# cpu_percent = 40.0
"""
_TABLES: Final = {
    "power": ("percent of the battery", ["stop_below = 40.0", "resume_at = 60.0", "mains_only = false"]),
    "temperature": ("degrees Celsius of the hottest sensor", ["stop_at = 85.0", "resume_at = 70.0"]),
    "memory": (
        "percent of time in which something waits for memory; to stand still would free none",
        ["stop_at = 20.0", "resume_at = 5.0", "grace = 0.0"],
    ),
    "activity": ("seconds since somebody touched a key or the mouse", ["stop_within = 60.0", "resume_after = 300.0"]),
    "load": ("percent of the processors that others use", ["stop_at = 50.0", "resume_at = 25.0"]),
    "traffic": ("millions of bytes that programs exchange with other computers", ["day_megabytes = 1000.0"]),
    "network": ("connections that cost by the byte", ["metered = true", "metered_interfaces = []"]),
}


def recommend(root: Path = Path("/")) -> str:
    """The text of a policy for the computer beneath `root`. What it can't read is not switched on."""
    readings = {
        "power": read_power(root, mains_only=False),
        "temperature": read_temperature(root),
        "memory": read_memory_pressure(root),
    }
    parts = [_HEAD, *(_table(name, readings.get(name), root) for name in _TABLES)]
    return "\n".join(parts)


def _table(name: str, reading: Reading | None, root: Path) -> str:
    about, lines = _TABLES[name]
    switched_on = reading is not None and reading.value is not None
    now = read_idle(root) if name == "activity" else reading
    told = "" if now is None else f" (now: {now.words})"
    prefix = "" if switched_on else "# "
    return "\n".join([f"# {about}{told}", f"{prefix}[{name}]", *(f"{prefix}{line}" for line in lines)]) + "\n"
