"""Each line of the guest's list of system calls: it works, its neighbours do not, and the guest would miss it."""

import ctypes
import mmap
import os
import platform
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from seattle.repy.walls import GuestLimits, PartName, Prepared, guest_calls, seccomp
from seattle.repy.walls.guest_calls import PERMITTED, Permission

RunGuest = Callable[..., Any]  # see conftest.py, as for the next
Only = Callable[..., frozenset[str]]

ALONE = (PartName.NO_NEW_PRIVS, PartName.RLIMITS, PartName.SECCOMP)
MEBIBYTE = 1 << 20
BITS = range(64)
X32 = 0x4000_0000  # set in the numbers of another way into the kernel of x86-64


def label(permission: Permission) -> str:
    return " ".join([permission.call, *(f"{when.argument}:{when.value:#x}" for when in permission.when)])


def allows(permission: Permission, arguments: list[int]) -> bool:
    return all(arguments[when.argument] & when.mask == when.value for when in permission.when)


def real_arguments() -> dict[str, list[int | bytes]]:
    """For each permission the arguments of a call that the kernel carries out, or refuses in its own words."""
    page = mmap.mmap(-1, 4 * 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    start = ctypes.addressof(ctypes.c_char.from_buffer(page))
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    here.send(b"for recvfrom")
    here.send(b"for recvmsg")
    kept.extend([page, here, there])
    word = ctypes.create_string_buffer(64)
    kept.append(word)
    at = ctypes.addressof(word)
    return {
        "mmap 2:0x0 3:0x22": [0, 4096, 3, 0x22, -1, 0],
        "mprotect 2:0x0": [start, 4096, 3],
        "mremap 3:0x1": [start + 4096, 4096, 4096, 1],
        "munmap": [start + 8192, 4096],
        "brk": [0],
        "madvise 2:0x4": [start, 4096, 4],
        "futex 1:0x0": [at, 128, 1, 0],  # the word is 0: it need not wait
        "futex 1:0x1": [at, 1 | 128, 1],
        "futex 1:0x9": [at, 9 | 128 | 256, 1, 0, 0, -1],
        "clone 0:0x3d0f00": [0x3D0F00, 0, 0, 0, 0],
        "rseq 2:0x0": [0, 0, 0, 0],
        "prlimit64 0:0x0": [0, resource.RLIMIT_NOFILE, 0, at],
        "clock_gettime 0:0x0": [time.CLOCK_PROCESS_CPUTIME_ID, at],
        "clock_nanosleep 0:0x1": [time.CLOCK_MONOTONIC, 0, at],
        "restart_syscall": [],
        "sendto 3:0x0 4:0x0": [here.fileno(), b"x", 1, 0, 0, 0],
        "recvfrom 3:0x0 4:0x0": [there.fileno(), at, 64, 0x40, 0, 0],
        "recvmsg 2:0x0": [there.fileno(), b"\0" * 56, 0],
        "close": [here.fileno()],
        "getrandom 2:0x0": [at, 8, 1],
    }


kept: list[object] = []
ENDING = {"exit", "exit_group", "clone 0:0x3d0f00"}  # not to be tried raw by a guest that goes on to tell
IN_ITS_OWN_WORDS = {
    "futex 1:0x0": "EAGAIN",
    "futex 1:0x9": "EAGAIN",
    "rseq 2:0x0": "EINVAL",
    "restart_syscall": "EINTR",
}


def test_the_list_is_short_and_each_line_gives_its_reason() -> None:
    assert len({permission.call for permission in PERMITTED}) <= 40
    assert len(PERMITTED) <= 40
    assert all(permission.because for permission in PERMITTED)
    assert all(guest_calls.UNKNOWN.values())


def test_no_two_lines_permit_the_same_call() -> None:
    overlapping = [
        (label(one), label(other))
        for one, other in combinations(PERMITTED, 2)
        if one.call == other.call
        and not any(
            a.argument == b.argument and (a.value ^ b.value) & a.mask & b.mask for a in one.when for b in other.when
        )
    ]
    assert overlapping == []


def test_no_condition_can_never_hold() -> None:
    assert [label(p) for p in PERMITTED for when in p.when if when.value & ~when.mask] == []


def test_given_the_list_when_every_call_in_it_is_made_for_real_then_each_is_carried_out(
    run_guest: RunGuest, only: Only, kernel: Any
) -> None:
    for permission in PERMITTED:
        kernel.number(permission.call)

    arguments = real_arguments()  # for guests of this process, where the same memory and descriptors are

    def work() -> Any:
        return {
            label(permission): kernel.refusal(permission.call, *arguments[label(permission)])
            for permission in PERMITTED
            if label(permission) not in ENDING
        }

    expected = {label(permission): "done" for permission in PERMITTED if label(permission) not in ENDING}
    assert run_guest(work, leaving_out=only(*ALONE)).answer == {**expected, **IN_ITS_OWN_WORDS}


@pytest.mark.parametrize(("call", "code"), [("exit", 42), ("exit_group", 43)])
def test_given_a_guest_when_it_ends_by_a_raw_call_then_it_has_ended(
    run_guest: RunGuest, only: Only, kernel: Any, call: str, code: int
) -> None:
    kernel.number(call)
    status = run_guest(lambda: kernel.call(call, code), leaving_out=only(*ALONE)).status
    assert os.waitstatus_to_exitcode(status) == code


def test_given_a_pinned_argument_when_any_one_of_its_bits_is_wrong_then_the_call_is_refused(
    run_guest: RunGuest, only: Only, kernel: Any
) -> None:
    pinned = [permission for permission in PERMITTED if permission.when]
    for permission in pinned:
        kernel.number(permission.call)

    arguments = real_arguments()

    def attack() -> Any:
        tried, slipped = 0, []
        for permission in pinned:
            right = [word if isinstance(word, int) else 0 for word in arguments[label(permission)]] + [0] * 6
            for when in permission.when:
                for bit in BITS:
                    wrong = [*right]
                    wrong[when.argument] ^= 1 << bit
                    if any(allows(other, wrong) for other in PERMITTED if other.call == permission.call):
                        continue  # a bit that is free, or another line's value
                    tried += 1
                    refusal = kernel.refusal(permission.call, *wrong[:6])
                    if refusal != "EPERM":
                        slipped.append([label(permission), bit, refusal])
        return [tried, slipped]

    tried, slipped = run_guest(attack, leaving_out=only(*ALONE)).answer
    assert slipped == []
    assert tried > 600


@pytest.mark.skipif(platform.machine() != "x86_64", reason="x32 is a way of x86-64")
@pytest.mark.parametrize("call", ["getpid", "mmap", "recvfrom"])
def test_given_a_guest_when_it_calls_by_the_x32_way_then_it_is_killed(
    run_guest: RunGuest, only: Only, kernel: Any, call: str
) -> None:
    number = kernel.number(call) | X32
    outcome = run_guest(lambda: kernel.call(number, 0, 0, 0, 0), leaving_out=only(*ALONE))
    assert outcome.answer is None
    assert os.WTERMSIG(outcome.status) == signal.SIGSYS


def workout(kernel: Any) -> Callable[[], dict[str, object]]:
    """What the reasons in the list speak of, as Python and the C library do it; for each thing how it went."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    spare, _other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    kept.extend([here, there, spare, _other])
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
        return {name: _how(thing) for name, thing in things.items()}

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


@pytest.mark.parametrize("missing", [None, *map(label, PERMITTED)])
def test_given_the_list_without_one_line_when_a_guest_works_then_it_lacks_something(
    run_unprivileged_guest: RunGuest, only: Only, kernel: Any, prepared: Prepared, missing: str | None
) -> None:
    left = [permission for permission in PERMITTED if label(permission) != missing]
    shorter = prepared._replace(filter=seccomp.build(left, unknown=guest_calls.UNKNOWN))
    limits = GuestLimits(data_bytes=_data_bytes() + 110 * MEBIBYTE, open_files=64, processes=16)
    outcome = run_unprivileged_guest(
        workout(kernel),
        leaving_out=only(*ALONE),
        limits=limits,
        prepared=shorter,
        before_fork=lambda: resource.setrlimit(resource.RLIMIT_CPU, (2, 2)),  # some can then only try again for ever
    )
    well = (outcome.answer, outcome.status) == (ALL_WELL, 0)
    assert well is (missing is None), outcome.answer


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
