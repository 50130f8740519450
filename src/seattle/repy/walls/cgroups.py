"""Memory, threads and CPU of a guest held by the kernel, where a cgroup v2 folder was delegated to us.

    DELEGATED/                       its controllers are divided among
    ├── seattle-supervisor/          whoever lived in DELEGATED, for the kernel divides no folder with processes in it
    ├── seattle-guest-MONITOR/       one guest; named for its monitor's process id
    └── ...

The nursery calls `settle` once and `sweep` before each fork. A monitor calls `admit` for its guest, then `limit`, both
before it confines itself; what it needs later (ending the guest, learning why it ended) goes by open descriptors, and
removing the group takes one right on DELEGATED. A controller that is not to be had is done without.
"""

import os
import signal
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

from seattle.repy.walls.report import Part, PartName, State

CPU_PERIOD = 100_000  # microseconds; the kernel's own default
_LEAST_QUOTA = 1_000  # microseconds; the kernel takes no less
_MOST_BYTES = 4096  # of a file of the kernel's
_GUEST = "seattle-guest-"
_SUPERVISOR = "seattle-supervisor"
_HOLDS = {"memory": "memory", "pids": "threads", "cpu": "CPU"}
"""The controllers that we use, and what each holds."""

_MARKS = ("trusted.delegate", "user.delegate")  # how systemd marks what it delegates; the first is for root's eyes
_REMEDY = "systemd: Delegate=cpu memory pids"


class CgroupLimits(NamedTuple):
    """What a guest may use."""

    memory_bytes: int
    processes: int
    """Threads, the first included."""
    cpu_share: float
    """Of one core: 0.1 is a tenth of a core, 2.0 is two."""


class Group:
    """One guest's cgroup. Owns the descriptors that it is used by."""

    def __init__(self, parent: int, name: str, controllers: frozenset[str]) -> None:
        """Make it in the folder `parent`, a descriptor. Raises OSError, and then there is none."""
        self._parent = parent
        self._name = name
        self._controllers = controllers
        with suppress(FileExistsError):  # left by a monitor of this number, which is dead
            os.mkdir(name, dir_fd=parent)
        with ExitStack() as undo:
            undo.callback(self._remove_folder)
            self._folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=parent)
            undo.callback(os.close, self._folder)
            self._kill = self._open("cgroup.kill", os.O_WRONLY)  # none before Linux 5.14
            # None without the controllers.
            self._events = self._open("memory.events", os.O_RDONLY)
            self._cpu = self._open("cpu.max", os.O_WRONLY) if "cpu" in controllers else None
            undo.pop_all()

    def admit(self, pid: int) -> None:
        """Put a process into it. Raises OSError."""
        self._write("cgroup.procs", str(pid))

    def limit(self, limits: CgroupLimits) -> None:
        """Hold it to these, as far as there are controllers. Raises OSError."""
        if "memory" in self._controllers:
            self._write("memory.max", str(limits.memory_bytes))
            with suppress(FileNotFoundError):  # a kernel without swap
                self._write("memory.swap.max", "0")  # or memory that is over the limit moves to the donor's disk
            self._write("memory.oom.group", "1")
        if "pids" in self._controllers:
            self._write("pids.max", str(limits.processes))
        self.change_cpu(limits.cpu_share)

    def change_cpu(self, share: float) -> None:
        """Hold it to another share of one core, also when this process is confined. Raises OSError."""
        if self._cpu is not None:
            os.write(self._cpu, f"{max(_LEAST_QUOTA, round(share * CPU_PERIOD))} {CPU_PERIOD}".encode())

    def kill(self) -> None:
        """End all that is in it, at once; nothing happens where the kernel can't."""
        if self._kill is not None:
            with suppress(OSError):  # it has been removed
                os.write(self._kill, b"1")

    def ran_out_of_memory(self) -> bool:
        """Whether the kernel has ended a process in it, for its memory."""
        if self._events is None:
            return False
        try:
            words = os.pread(self._events, _MOST_BYTES, 0).split()
        except OSError:  # it has been removed
            return False
        counts = dict(zip(words[::2], words[1::2], strict=False))
        return int(counts.get(b"oom_kill", b"0")) > 0

    def remove(self) -> None:
        """Let go of the group, whose processes have ended. What is still busy is the nursery's to sweep."""
        for fd in (self._folder, self._kill, self._events, self._cpu):
            if fd is not None:
                os.close(fd)
        self._remove_folder()

    def _remove_folder(self) -> None:
        with suppress(OSError):
            os.rmdir(self._name, dir_fd=self._parent)

    def _open(self, file: str, how: int) -> int | None:
        try:
            return os.open(file, how | os.O_CLOEXEC, dir_fd=self._folder)
        except FileNotFoundError:
            return None

    def _write(self, file: str, value: str) -> None:
        _write(self._folder, file, value)


class Groups:
    """A delegated folder, and the guests' groups in it."""

    def __init__(self, folder: Path, controllers: frozenset[str]) -> None:
        """`controllers` are those that groups in it have. Raises OSError."""
        self.controllers = controllers
        self.fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def admit(self, guest: int) -> Group:
        """Make this monitor's group, with its guest in it. Raises OSError, and then there is none."""
        group = Group(self.fd, f"{_GUEST}{os.getpid()}", self.controllers)
        try:
            group.admit(guest)
        except OSError:
            group.remove()
            raise
        return group

    def sweep(self) -> None:
        """End and remove what monitors have left that were killed."""
        with suppress(OSError):  # the folder itself has been removed
            for name in os.listdir(self.fd):  # noqa: PTH208 - a descriptor is no path
                monitor = name.removeprefix(_GUEST)
                if name.startswith(_GUEST) and monitor.isdecimal() and not Path("/proc", monitor).exists():
                    with suppress(OSError):  # no such file before Linux 5.14; its guest dies with its monitor anyway
                        _write(self.fd, f"{name}/cgroup.kill", "1")
                    with suppress(OSError):  # what has just been killed is busy for a moment: the next time
                        os.rmdir(name, dir_fd=self.fd)

    def describe(self) -> Part:
        """What groups in it hold."""
        held = [what for name, what in _HOLDS.items() if name in self.controllers]
        rest = [what for name, what in _HOLDS.items() if name not in self.controllers]
        if not held:
            return Part(PartName.CGROUP, State.ABSENT, f"delegated without cpu, memory and pids ({_REMEDY})")
        lacking = f"; {', '.join(rest)} by the monitor, for want of delegated controllers" if rest else ""
        return Part(PartName.CGROUP, State.UP, f"{', '.join(held)} held by the kernel{lacking}")


def settle() -> Groups | str:
    """Make the folder that is delegated to us ready for guests; in words why there is none.

    If processes live in it, they are moved into one below: they, like us, belong to whom it was delegated to.
    """
    mount = _mount_of_version_2()
    if mount is None:
        return "no cgroup v2 hierarchy is mounted"
    ours = mount / _own_cgroup().lstrip("/")
    # The parent first: with systemd's DelegateSubgroup= we live one below the folder that is ours.
    candidates = [ours] if ours == mount else [ours.parent, ours]
    for folder in candidates:
        if _is_delegated(folder, mount):
            try:
                _move_down(folder)
                return Groups(folder, _divide(folder))
            except OSError as why:
                return f"no write access to {why.filename or folder}: {why.strerror}"
    if os.access(ours / "cgroup.procs", os.W_OK):
        return f"cgroup v2 has no controllers that are delegated to {ours} ({_REMEDY})"
    return f"no write access to {ours}; have it delegated ({_REMEDY})"


def report() -> Part:
    """How this part stands, found out with a process in a group. For a process that soon ends: it may be moved."""
    groups = settle()
    if isinstance(groups, str):
        return Part(PartName.CGROUP, State.ABSENT, groups)
    sleeper = os.fork()
    if sleeper == 0:
        signal.pause()
        os._exit(0)
    group = None
    try:
        group = groups.admit(sleeper)
        group.limit(CgroupLimits(memory_bytes=1 << 30, processes=16, cpu_share=1.0))
    except OSError as why:
        return Part(PartName.CGROUP, State.FAILED, f"{why.filename}: {why.strerror}")
    finally:
        os.kill(sleeper, signal.SIGKILL)
        os.waitpid(sleeper, 0)
        if group is not None:
            group.remove()
    return groups.describe()


def _is_delegated(folder: Path, mount: Path) -> bool:
    """Whether somebody has said that we may divide it: being able to is not enough, for root always is."""
    if not all(os.access(folder / file, os.W_OK) for file in ("cgroup.procs", "cgroup.subtree_control")):
        return False
    if _is_marked(folder):
        return True
    if folder == mount:  # a container, or a system without a manager of cgroups
        return bool(_words(folder / "cgroup.controllers") & set(_HOLDS))
    return os.geteuid() != 0 and folder.stat().st_uid == os.geteuid() != folder.parent.stat().st_uid


def _is_marked(folder: Path) -> bool:
    for mark in _MARKS:
        with suppress(OSError):
            if os.getxattr(folder, mark) == b"1":
                return True
    return False


def _move_down(folder: Path) -> None:
    """Leave no process in it that keeps it from being divided. Raises OSError."""
    if not (folder / "cgroup.type").exists():
        return  # the first of all folders, which may be divided with processes in it
    for _attempt in range(3):  # some may fork meanwhile
        living = (folder / "cgroup.procs").read_text().split()
        if not living:
            return
        below = folder / _SUPERVISOR
        below.mkdir(exist_ok=True)
        for pid in living:
            with suppress(ProcessLookupError):
                (below / "cgroup.procs").write_text(pid)


def _divide(folder: Path) -> frozenset[str]:
    """Have its controllers in the folders below; those of ours that are there now."""
    wanted = _words(folder / "cgroup.controllers") & set(_HOLDS)
    for name in sorted(wanted - _words(folder / "cgroup.subtree_control")):
        with suppress(OSError):  # each for itself: the others are of use without it
            (folder / "cgroup.subtree_control").write_text(f"+{name}")
    return wanted & _words(folder / "cgroup.subtree_control")


def _write(folder: int, file: str, value: str) -> None:
    fd = os.open(file, os.O_WRONLY | os.O_CLOEXEC, dir_fd=folder)
    try:
        os.write(fd, value.encode())
    except OSError as why:
        why.filename = file
        raise
    finally:
        os.close(fd)


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
