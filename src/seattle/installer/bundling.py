"""Making bundles: which wheels go into one, and which of them each Python needs. See `standalone/bundles.py`."""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, NormalizedName, parse_wheel_filename
from packaging.version import Version

from seattle.installer.errors import CannotBundle
from seattle.installer.standalone.archives import entry
from seattle.installer.standalone.bundles import FORMAT, MANIFEST
from seattle.installer.standalone.pythons import SUPPORTED

PROJECT: Final = "seattle"
MACHINES: Final = ("x86_64", "aarch64")
GLIBC: Final = range(5, 46)  # 2.5 to 2.45: what wheels ask for, the oldest first, since it runs on most machines
_BEFORE: Final = {"manylinux1": 5, "manylinux2010": 12, "manylinux2014": 17}  # older names of some of them


def make_bundle(wheels: Path, out: Path) -> str:
    """Make a bundle of all wheels in a folder, for every Python for which none is missing; the version that it is of.

    Raises CannotBundle if there is no such Python, or not exactly one version of each project; OSError.
    """
    found = _found(wheels)
    version = _version(found, wheels)
    manifest = {
        "format": FORMAT,
        "version": version,
        "files": {f"wheels/{file.name}": _fact(file) for files in found.values() for file in files},
        "pythons": _pythons(found),
    }
    part = out.with_name(f".{out.name}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(entry(MANIFEST), canonical(manifest))
            for file in sorted(file for files in found.values() for file in files):
                archive.writestr(entry(f"wheels/{file.name}"), file.read_bytes())
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return version


def canonical(data: Any) -> bytes:
    """JSON in the one form that the same data always has."""
    return json.dumps(data, sort_keys=True, separators=(",", ":")).encode()


def _found(folder: Path) -> dict[NormalizedName, list[Path]]:
    """The wheels by project, each of one version."""
    found: dict[NormalizedName, dict[Version, list[Path]]] = {}
    for file in sorted(folder.glob("*.whl")):
        try:
            name, version, *_ = parse_wheel_filename(file.name)
        except InvalidWheelFilename as why:
            raise CannotBundle(f"{file.name} is no name of a wheel: {why}") from why
        found.setdefault(name, {}).setdefault(version, []).append(file)
    for name, versions in found.items():
        if len(versions) > 1:
            raise CannotBundle(f"{folder} has {name} as {', '.join(map(str, versions))}: leave one of these")
    return {name: files for name, versions in found.items() for files in versions.values()}


def _version(found: dict[NormalizedName, list[Path]], folder: Path) -> str:
    for name, files in found.items():
        if name == PROJECT:
            return str(parse_wheel_filename(files[0].name)[1])
    raise CannotBundle(f"{folder} has no wheel of Seattle itself: `python -m build --wheel` makes it")


def _pythons(found: dict[NormalizedName, list[Path]]) -> dict[str, list[str]]:
    """The wheels that each Python needs, by `cp311-x86_64` and so on."""
    pythons, missing = {}, []
    for version in SUPPORTED:
        for machine in MACHINES:
            name = f"cp{version[0]}{version[1]}-{machine}"
            try:
                pythons[name] = sorted(_chosen(found, version, machine))
            except LookupError as lacks:
                missing.append(f"{name} lacks {lacks}")
    if not pythons:
        raise CannotBundle(f"no Python has all that it needs: {'; '.join(missing)}")
    return pythons


def _chosen(found: dict[NormalizedName, list[Path]], version: tuple[int, int], machine: str) -> Iterator[str]:
    """For each project the wheel that runs on most machines of this kind. Raises LookupError with a name."""
    ranks = {tag: rank for rank, tag in enumerate(_tags(version, machine))}
    for name, files in found.items():
        ranked = []
        for file in files:
            with suppress(ValueError):  # it fits nowhere
                ranked.append(
                    (min(ranks[tag] for tag in parse_wheel_filename(file.name)[3] if tag in ranks), file.name)
                )
        if not ranked:
            raise LookupError(name)
        yield min(ranked)[1]


def _tags(version: tuple[int, int], machine: str) -> Iterator[Tag]:
    platforms = list(_platforms(machine))
    yield from cpython_tags(version, platforms=platforms, abis=[f"cp{version[0]}{version[1]}"])
    yield from compatible_tags(version, interpreter=f"cp{version[0]}{version[1]}", platforms=platforms)


def _platforms(machine: str) -> Iterable[str]:
    older = {minor: name for name, minor in _BEFORE.items()}
    for minor in GLIBC:
        yield f"manylinux_2_{minor}_{machine}"
        if minor in older:
            yield f"{older[minor]}_{machine}"


def _fact(file: Path) -> dict[str, Any]:
    with file.open("rb") as opened:
        return {"sha256": hashlib.file_digest(opened, "sha256").hexdigest(), "size": file.stat().st_size}
