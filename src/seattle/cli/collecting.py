"""Fetching the files in which programs leave their results."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from seattle.cli.progress import TransferBar
from seattle.client import Failure, Place, Success, VesselGroup
from seattle.client.errors import NoSuchFile


def collect(vessels: VesselGroup, patterns: Sequence[str], into: Path) -> list[Success[Path] | Failure]:
    """Fetch the files that these patterns mean from each vessel to `into/NODE_VESSEL_NAME`.

    What came of each file; a pattern that means no file of a vessel is a failure of that vessel.
    """
    listed = vessels.list()
    names = {one.vessel: [entry.name for entry in one.value] for one in listed.ok}
    found = _fetch(vessels, names, patterns, into)
    return [*listed.failed, *_missing(names, patterns), *found]


def _fetch(
    vessels: VesselGroup, names: dict[Place, list[str]], patterns: Sequence[str], into: Path
) -> list[Success[Path] | Failure]:
    wanted = {name for there in names.values() for name in there if any(fnmatchcase(name, one) for one in patterns)}
    fetched: list[Success[Path] | Failure] = []
    for name in sorted(wanted):
        having = vessels.filter(lambda vessel, name=name: name in names.get(vessel.place, ()))  # type: ignore[misc]
        with TransferBar(f"collecting {name}", len(having)) as moved:
            fetched += having.download(name, into, progress=moved)
    return fetched


def _missing(names: dict[Place, list[str]], patterns: Sequence[str]) -> list[Failure]:
    return [
        Failure.of(place, NoSuchFile(f"it has no file {pattern}"))
        for place, there in names.items()
        for pattern in patterns
        if not any(fnmatchcase(name, pattern) for name in there)
    ]
