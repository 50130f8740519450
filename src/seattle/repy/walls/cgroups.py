"""Memory, threads and CPU of a guest held by the kernel, where a cgroup v2 folder was delegated to us."""

import os
from pathlib import Path
from typing import NamedTuple

from seattle.repy.walls.report import Part, PartName, State

CPU_PERIOD = 100_000  # microseconds; the kernel's own default
_CONTROLLERS = frozenset({"cpu", "memory", "pids"})


class CgroupLimits(NamedTuple):
    """What a guest may use."""

    memory_bytes: int
    processes: int
    """Threads, the first included."""
    cpu_share: float
    """Of one core: 0.1 is a tenth of a core, 2.0 is two."""


class Held(NamedTuple):
    """A guest's cgroup: how it stands, and its folder if it is up."""

    part: Part
    folder: Path | None


def delegated() -> Path | str:
    """The folder that we may make cgroups in, or in words why there is none."""
    mount = _mount_of_version_2()
    if mount is None:
        return "no cgroup v2 hierarchy is mounted"
    ours = mount / _own_cgroup().lstrip("/")
    # The parent first: with systemd's DelegateSubgroup= we live one below the folder that is ours.
    candidates = [ours] if ours == mount else [ours.parent, ours]
    lacking = _CONTROLLERS
    for folder in candidates:
        if not os.access(folder / "cgroup.subtree_control", os.W_OK):
            continue
        lacking = _CONTROLLERS - _words(folder / "cgroup.controllers")
        if not lacking:
            return folder
    if lacking != _CONTROLLERS or os.access(candidates[0] / "cgroup.subtree_control", os.W_OK):
        return f"cgroup v2 has no {', '.join(sorted(lacking))} here (in use by version 1, or not delegated)"
    return f"no write access to {ours}; have it delegated (systemd: Delegate=cpu memory pids)"


def hold(folder: Path, guest: int, limits: CgroupLimits, *, name: str) -> Held:
    """Make the cgroup `name` in a delegated folder, limit it and put the process `guest` into it."""
    own = folder / name
    try:
        _enable(folder)
        own.mkdir(exist_ok=True)
        (own / "memory.max").write_text(str(limits.memory_bytes))
        (own / "memory.swap.max").write_text("0")  # or memory that is over the limit moves to the donor's disk
        (own / "memory.oom.group").write_text("1")
        (own / "pids.max").write_text(str(limits.processes))
        (own / "cpu.max").write_text(f"{max(1_000, round(limits.cpu_share * CPU_PERIOD))} {CPU_PERIOD}")
        (own / "cgroup.procs").write_text(str(guest))
    except OSError as why:
        release(own)
        return Held(Part(PartName.CGROUP, State.FAILED, f"{why.filename}: {why.strerror}{_hint(why)}"), None)
    return Held(Part(PartName.CGROUP, State.UP, "memory, threads and CPU held by the kernel"), own)


def release(own: Path) -> None:
    """Remove a cgroup whose processes have ended. That it is gone already is no error."""
    try:
        own.rmdir()
    except OSError:
        return  # still busy, or never made: an empty cgroup holds nothing and costs nothing


def report() -> Part:
    """How this part stands, without making anything: absent, for no run is held by `hold` so far."""
    folder = delegated()
    if isinstance(folder, str):
        return Part(PartName.CGROUP, State.ABSENT, folder)
    return Part(PartName.CGROUP, State.ABSENT, f"delegated, and not made use of: {folder}")


def _enable(folder: Path) -> None:
    missing = _CONTROLLERS - _words(folder / "cgroup.subtree_control")
    if missing:
        (folder / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in sorted(missing)))


def _hint(why: OSError) -> str:
    if isinstance(why.filename, str) and why.filename.endswith("subtree_control"):
        return "; a folder with processes in it can't be divided (systemd: DelegateSubgroup=supervisor)"
    return ""


def _words(file: Path) -> frozenset[str]:
    try:
        return frozenset(file.read_text().split())
    except OSError:
        return frozenset()


def _own_cgroup() -> str:
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        if line.startswith("0::"):
            return line.removeprefix("0::")
    return "/"


def _mount_of_version_2() -> Path | None:
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        if after.startswith("cgroup2 "):
            return Path(before.split()[4])
    return None
