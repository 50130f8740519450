"""What a guest has its permitted system calls for, done by one that lacks a line of the list, or none.

`python -m tests.walls.workout [LABEL]` makes the guest from a process of its own: how far memory and threads have
already been used by others would be part of the answer.
"""

import mmap
import os
import resource
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.walls.guests import Kernel, run_guest

from seattle.repy.walls import GuestLimits, PartName, guest_calls, prepare, seccomp
from seattle.repy.walls.guest_calls import PERMITTED, Permission

ALONE = (PartName.NO_NEW_PRIVS, PartName.RLIMITS, PartName.PARENT_DEATH, PartName.SECCOMP)
MEBIBYTE = 1 << 20
CPU_SECONDS = 2  # some guests can only try again for ever


def label(permission: Permission) -> str:
    return " ".join([permission.call, *(f"{when.argument}:{when.value:#x}" for when in permission.when)])


def main(missing: str | None) -> list[str]:
    """What went otherwise than it should, and how."""
    left = [permission for permission in PERMITTED if label(permission) != missing]
    outcome = run_guest(
        workout(Kernel()),
        prepare()._replace(filter=seccomp.build(left, unknown=guest_calls.UNKNOWN)),
        unprivileged=os.geteuid() == 0,
        leaving_out=frozenset(PartName) - frozenset(ALONE),
        limits=GuestLimits(data_bytes=_data_bytes() + 110 * MEBIBYTE, open_files=64, processes=16),
        before_fork=lambda: resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS)),
    )
    if outcome.answer is None or outcome.status != 0:
        return [f"the guest ended with status {outcome.status:#x}"]
    return [f"{thing}: {outcome.answer[thing]}" for thing, well in ALL_WELL.items() if outcome.answer[thing] != well]


_kept: list[object] = []


def workout(kernel: Kernel) -> Callable[[], dict[str, object]]:
    """What the reasons in the list speak of, as Python and the C library do it; for each thing how it went."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    spare, _other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    _kept.extend([here, there, spare, _other])
    socket.send_fds(here, [b"a new door"], [spare.fileno()])
    numbers = {name: kernel.number(name) for name in ("brk", "futex", "exit", "restart_syscall")}
    things = {
        "a line's buffer": lambda: len(mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)),
        # What sbrk makes of a refusal is an address, and malloc would write there.
        "the first heap grows": lambda: kernel.refusal(numbers["brk"], 0),
        "memory is given back": lambda: [len(bytearray(60 * MEBIBYTE)) for _ in range(5)],
        "a block grows in place": _grow,
        "pages are given back": _give_back,
        "a contended lock": lambda: kernel.refusal(numbers["futex"], b"\0" * 8, 128, 1, 0),
        "limits are lowered": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (60, 60)),
        "CPU time": lambda: time.process_time() > 0,
        "sleep": lambda: time.sleep(0.0001),
        "after a stop": lambda: kernel.refusal(numbers["restart_syscall"]),
        "say": lambda: there.send(b"!"),
        "hear": lambda: here.recv(1).decode(),
        "a new door": lambda: len(socket.recv_fds(there, 100, 1)[1]),
        "close": spare.close,
        "chance": lambda: len(os.urandom(8)),
        "a thread": _thread,
        "a thread that ends": lambda: _ends(lambda: kernel.call(numbers["exit"], 0)),
    }

    def work() -> dict[str, object]:
        how = {name: _how(thing) for name, thing in things.items()}
        with suppress(RuntimeError):
            threading.Thread(target=_spin, daemon=True).start()  # the guest's end is its end, too
        return how

    return work


def _how(thing: Callable[[], object]) -> object:
    try:
        return thing()
    except (OSError, RuntimeError, MemoryError, ValueError) as why:
        return type(why).__name__


def _grow() -> int:
    block = bytearray(60 * MEBIBYTE)
    block += bytes(1)
    return len(block)


def _give_back() -> int:
    page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    page[0] = 7
    page.madvise(mmap.MADV_DONTNEED)
    return page[0]


def _thread() -> bool:
    lock = threading.Lock()
    lock.acquire()
    thread = threading.Thread(target=lambda: lock.acquire(timeout=3))
    thread.start()
    time.sleep(0.05)  # until it waits
    lock.release()
    thread.join(3)
    return thread.is_alive()


def _spin() -> None:
    while True:
        pass


def _ends(end: Callable[[], object]) -> bool:
    """Whether a thread that ought to end in the middle went on."""
    went_on = threading.Event()

    def live() -> None:
        end()
        went_on.set()

    threading.Thread(target=live, daemon=True).start()
    return went_on.wait(0.3)


def _data_bytes() -> int:
    """Data memory of this process, which a guest inherits."""
    return int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()


ALL_WELL = {
    "a line's buffer": 4096,
    "the first heap grows": "done",
    "memory is given back": [60 * MEBIBYTE] * 5,
    "a block grows in place": 60 * MEBIBYTE + 1,
    "pages are given back": 0,
    "a contended lock": "EAGAIN",
    "limits are lowered": None,
    "CPU time": True,
    "sleep": None,
    "after a stop": "EINTR",
    "say": 1,
    "hear": "!",
    "a new door": 1,
    "close": None,
    "chance": 8,
    "a thread": False,
    "a thread that ends": False,
}


if __name__ == "__main__":
    print(*main(sys.argv[1] if len(sys.argv) > 1 else None), sep="\n", end="")
