"""What this computer has to give: each resource measured or counted, and assumed where that fails.

It takes about two seconds. What crosses the network isn't measured: that would need a peer outside, and its result
would be the donor's contract with a provider as it was at one moment. Source: spec/node.md section 6.2.
"""

import mmap
import os
import platform
import resource as limits
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import psutil

from seattle.node.donor.cgroup_limits import cpu_limit, memory_limit
from seattle.node.machine import ASSUMED, EVENTS, open_files_each, processors
from seattle.resources.kinds import BY_NAME, Resource
from seattle.resources.vector import ResourceVector

SECONDS: Final = 0.4  # of each measurement that runs for a time
BLOCK: Final = 1 << 20  # bytes of a read or write
MOST_DISK: Final = 64 << 20  # bytes that are written, or a tenth of what is free
RANDOM_BLOCK: Final = 1024  # bytes: as programs ask for them

FALL_BACK: Final[Mapping[Resource, float]] = {
    Resource.CPU: 1,
    Resource.MEMORY: 510_000_000,
    Resource.DISKUSED: 3_700_000_000,
    Resource.EVENTS: EVENTS,
    Resource.FILESOPENED: 250,
    Resource.INSOCKETS: 250,
    Resource.OUTSOCKETS: 250,
    **{BY_NAME[name]: amount for name, amount in ASSUMED.items()},
}
_SLOWER_ON_ARM: Final = {Resource.RANDOM: 4, Resource.FILEREAD: 20, Resource.FILEWRITE: 20}


class How(StrEnum):
    """Where a figure comes from."""

    MEASURED = "measured"
    COUNTED = "counted"
    ASSUMED = "assumed"


Found = tuple[Mapping[Resource, float], str]  # amounts, and a note for people


@dataclass(frozen=True)
class Measurement:
    """How much of one resource this computer has, in the resource's unit."""

    resource: Resource
    amount: float
    how: How
    note: str = ""
    failed: bool = False  # it should have been measured, and could not be


@dataclass(frozen=True)
class Benchmark:
    """One for each resource, ports apart."""

    measurements: Sequence[Measurement]

    @property
    def machine(self) -> ResourceVector:
        """All that this computer has."""
        return ResourceVector.from_mapping({one.resource.value: _amount(one) for one in self.measurements})

    @property
    def known(self) -> dict[str, float]:
        """What was measured or counted, by the resource's name: all that is not the same for everybody."""
        return {one.resource.value: _amount(one) for one in self.measurements if one.how is not How.ASSUMED}

    @property
    def failed(self) -> Sequence[Measurement]:
        """Those that are assumed because a measurement failed."""
        return [one for one in self.measurements if one.failed]


def run_benchmark(folder: Path, *, root: Path = Path("/"), seconds: float = SECONDS) -> Benchmark:
    """Measure this computer; disk where `folder` is. Never raises for what can't be measured: that is assumed.

    `root`: the folder beneath which /proc and /sys are.
    """
    found: list[Measurement] = []

    def look(how: How, measure: Callable[[], Found], *, of: Sequence[Resource]) -> None:
        try:
            amounts, note = measure()
        except (OSError, ValueError, RuntimeError, psutil.Error) as why:
            amounts, note = {}, str(why)
        for one in of:
            if amounts.get(one, 0) > 0:
                found.append(Measurement(one, amounts[one], how, note))
            else:
                found.append(_assumed(one, f"could not be {how.value}: {note}", failed=True))

    cpu, memory, disk = Resource.CPU, Resource.MEMORY, Resource.DISKUSED
    files, loop = (Resource.FILEREAD, Resource.FILEWRITE), (Resource.LOOPSEND, Resource.LOOPRECV)
    items = (Resource.FILESOPENED, Resource.INSOCKETS, Resource.OUTSOCKETS)
    look(How.COUNTED, lambda: ({cpu: _cores(root)}, "that this process may use"), of=[cpu])
    look(How.COUNTED, lambda: ({memory: _memory(root)}, "that this process may use"), of=[memory])
    look(How.COUNTED, lambda: ({disk: psutil.disk_usage(str(folder)).free}, f"free at {folder}"), of=[disk])
    look(How.MEASURED, lambda: _disk_rates(folder, seconds), of=files)
    look(How.MEASURED, lambda: (dict.fromkeys(loop, _loopback_rate(seconds)), "TCP within this computer"), of=loop)
    look(How.MEASURED, lambda: ({Resource.RANDOM: _random_rate(seconds / 4)}, ""), of=[Resource.RANDOM])
    look(How.COUNTED, lambda: (dict.fromkeys(items, _open_files()), "a third of those allowed"), of=items)
    found += [
        _assumed(Resource.NETSEND, "not measured: a peer outside would be needed", failed=False),
        _assumed(Resource.NETRECV, "not measured: a peer outside would be needed", failed=False),
        _assumed(Resource.LOGRATE, "not measured", failed=False),
        _assumed(Resource.EVENTS, "the same for everybody", failed=False),
    ]
    return Benchmark(sorted(found, key=lambda one: one.resource.index))


def _assumed(one: Resource, note: str, *, failed: bool) -> Measurement:
    on_arm = platform.machine().startswith(("arm", "aarch64"))
    divisor = _SLOWER_ON_ARM.get(one, 1) if on_arm else 1
    return Measurement(one, FALL_BACK[one] / divisor, How.ASSUMED, note, failed)


def _amount(one: Measurement) -> float:
    """In whole steps, rounded down."""
    steps = int(one.amount * one.resource.steps)
    return steps if one.resource.steps == 1 else steps / one.resource.steps


def _cores(root: Path) -> float:
    limit = cpu_limit(root)
    return float(processors()) if limit is None else min(float(processors()), limit)


def _memory(root: Path) -> int:
    limit = memory_limit(root)
    total: int = psutil.virtual_memory().total
    return total if limit is None else min(total, limit)


def _open_files() -> int:
    return open_files_each(limits.getrlimit(limits.RLIMIT_NOFILE)[1])


def _disk_rates(folder: Path, seconds: float) -> Found:
    """Bytes a second, written to the disk and read from it; each for at most so many seconds."""
    most = min(MOST_DISK, psutil.disk_usage(str(folder)).free // 10) // BLOCK * BLOCK
    if not most:
        raise OSError("the disk is as good as full")
    with _disk_file(folder) as (fd, direct), mmap.mmap(-1, BLOCK) as block:  # a mapping is aligned, as it has to be
        block.write(os.urandom(BLOCK))
        wrote, write_time = _for_a_time(seconds, most, lambda at: os.pwritev(fd, [block], at), lambda: os.fdatasync(fd))
        with suppress(OSError):
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)  # for where the cache can't be gone past
        read, read_time = _for_a_time(seconds, wrote, lambda at: os.preadv(fd, [block], at), lambda: None)
    rates = {Resource.FILEWRITE: wrote / write_time, Resource.FILEREAD: read / read_time}
    if _is_in_memory(folder):
        return rates, "this folder is in memory, and not on a disk"
    return rates, "past the cache" if direct else "through the cache, which was emptied between if that can be done"


def _is_in_memory(folder: Path) -> bool:
    there = folder.resolve()
    mounts = [mount for mount in psutil.disk_partitions(all=True) if there.is_relative_to(mount.mountpoint)]
    innermost = max(mounts, key=lambda mount: len(mount.mountpoint), default=None)
    return innermost is not None and innermost.fstype in ("tmpfs", "ramfs")


@contextmanager
def _disk_file(folder: Path) -> Iterator[tuple[int, bool]]:
    """A file without a name, so that none is left behind: its descriptor, and whether that goes past the cache."""
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        try:
            fd = os.open(f"/proc/self/fd/{file.fileno()}", os.O_RDWR | os.O_DIRECT | os.O_CLOEXEC)
        except OSError:  # a file system that is not on a disk
            yield file.fileno(), False
            return
        try:
            yield fd, True
        finally:
            os.close(fd)


def _for_a_time(seconds: float, most: int, do: Callable[[int], int], finish: Callable[[], object]) -> tuple[int, float]:
    """Do it at one offset after the other until the time or the bytes are used up: bytes, and seconds."""
    began, done = time.monotonic(), 0
    while done < most and (not done or time.monotonic() - began < seconds):
        count = do(done)
        if count <= 0:
            break
        done += count
    finish()
    return done, max(time.monotonic() - began, 1e-6)


def _loopback_rate(seconds: float) -> float:
    """Bytes a second over one TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(seconds + 1)
        sender = threading.Thread(target=_send_for, args=(server.getsockname(), seconds), daemon=True)
        sender.start()
        connection, _peer = server.accept()
        with connection:
            connection.settimeout(seconds + 1)
            began, received, buffer = time.monotonic(), 0, bytearray(1 << 16)
            while count := connection.recv_into(buffer):
                received += count
            passed = time.monotonic() - began
        sender.join(seconds + 1)
    return received / max(passed, 1e-6)


def _send_for(address: tuple[str, int], seconds: float) -> None:
    block = bytes(1 << 16)
    with suppress(OSError), socket.create_connection(address, timeout=seconds + 1) as connection:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            connection.sendall(block)


def _random_rate(seconds: float) -> float:
    """Bytes a second from the system's generator."""
    began, got = time.monotonic(), 0
    while (passed := time.monotonic() - began) < seconds:
        got += len(os.urandom(RANDOM_BLOCK))
    return got / passed
