"""Each line of the guest's list of system calls: it works, its neighbours do not, and the guest would miss it."""

import ctypes
import mmap
import os
import platform
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import combinations
from typing import Any

import pytest
from tests.walls.workout import label

from seattle.repy.walls import PartName, guest_calls
from seattle.repy.walls.guest_calls import PERMITTED, Permission

RunGuest = Callable[..., Any]  # see conftest.py, as for the next
Only = Callable[..., frozenset[str]]

ALONE = (PartName.NO_NEW_PRIVS, PartName.RLIMITS, PartName.SECCOMP)
PATIENCE = 8.0  # seconds; a guest that can end does so in half a second
BITS = range(64)
X32 = 0x4000_0000  # set in the numbers of another way into the kernel of x86-64


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


@pytest.mark.parametrize("missing", [None, *map(label, PERMITTED)])
def test_given_the_list_without_one_line_when_a_guest_works_then_it_lacks_something(missing: str | None) -> None:
    words = [sys.executable, "-m", "tests.walls.workout", *([] if missing is None else [missing])]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True) as work:
        try:
            lacks, _ = work.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:  # threads wait for others that have no way to go on
            lacks = "an end"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(work.pid, signal.SIGKILL)
    assert bool(lacks) is (missing is not None), lacks
    assert work.returncode in (0, -signal.SIGKILL)
