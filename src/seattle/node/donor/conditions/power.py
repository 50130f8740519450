"""Mains power and battery: /sys/class/power_supply."""

from pathlib import Path
from typing import Final

from seattle.node.donor.conditions.reading import Reading, folders, read_number, read_text

FULL: Final = 100.0
_MAINS: Final = ("Mains", "USB", "Wireless")


def read_power(root: Path, *, mains_only: bool) -> Reading:
    """Percent of the battery that feeds this computer; 100 on mains. With `mains_only` a battery counts as empty."""
    supplies = root / "sys/class/power_supply"
    if not supplies.is_dir():
        return Reading.unknown(f"there is no {supplies}")
    found = [supply for supply in folders(supplies) if read_text(supply / "scope") != "Device"]  # a mouse has one, too
    batteries = [supply for supply in found if read_text(supply / "type") == "Battery"]
    mains = [read_text(supply / "online") == "1" for supply in found if read_text(supply / "type") in _MAINS]
    if not batteries:
        return Reading(FULL, "on mains: there is no battery")
    if any(mains) or not (mains or any(read_text(one / "status") == "Discharging" for one in batteries)):
        return Reading(FULL, "on mains")
    levels = [level for battery in batteries if (level := read_number(battery / "capacity")) is not None]
    if not levels:
        return Reading.unknown("on battery, which does not tell its level")
    level = sum(levels) / len(levels)
    return Reading(0.0 if mains_only else level, f"on battery, {level:.0f} %")
