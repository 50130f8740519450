"""The hottest sensor: /sys/class/thermal and /sys/class/hwmon, in thousandths of a degree Celsius."""

from pathlib import Path
from typing import Final

from seattle.node.donor.conditions.reading import Reading, folders, read_number, read_text

_PLAUSIBLE: Final = (-50.0, 200.0)  # degrees; some sensors tell nonsense when nothing is connected to them


def read_temperature(root: Path) -> Reading:
    """Degrees Celsius of the hottest sensor."""
    found: list[tuple[float, str]] = []
    for zone in folders(root / "sys/class/thermal", "thermal_zone*"):
        found += _sensor(zone / "temp", read_text(zone / "type") or zone.name)
    for chip in folders(root / "sys/class/hwmon", "hwmon*"):
        for file in folders(chip, "temp*_input"):
            found += _sensor(file, read_text(chip / "name") or chip.name)
    if not found:
        return Reading.unknown("this computer shows no temperature sensor")
    degrees, sensor = max(found)
    return Reading(degrees, f"{degrees:.0f} degrees ({sensor})")


def _sensor(file: Path, name: str) -> list[tuple[float, str]]:
    value = read_number(file)
    if value is None or not _PLAUSIBLE[0] < value / 1000 < _PLAUSIBLE[1]:
        return []
    return [(value / 1000, name)]
