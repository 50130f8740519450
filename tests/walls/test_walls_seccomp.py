"""The system call filter, with nothing else of the wall standing, so that nothing else can do its work."""

import ctypes
import faulthandler
import mmap
import os
import platform
import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pyseccomp  # type: ignore[import-untyped]  # it has no types
import pytest

from seattle.repy.walls import PartName, State, guest_calls

RunGuest = Callable[..., Any]  # see conftest.py, as for the next
Only = Callable[..., frozenset[str]]

ALONE = (PartName.NO_NEW_PRIVS, PartName.SECCOMP)

# Attacks with real arguments: each of them does something where there is no filter.
ATTACKS = {
    "open a file": ("openat", -100, b"/etc/passwd", os.O_RDONLY),
    "open a file the new way": ("openat2", -100, b"/etc/passwd", b"\0" * 24, 24),
    "open by handle": ("open_by_handle_at", -100, b"\0" * 136, 0),
    "make a folder": ("mkdirat", -100, b"/tmp/made-by-a-guest", 0o700),
    "change root": ("chroot", b"/tmp"),
    "change folder": ("chdir", b"/"),
    "make an Internet socket": ("socket", socket.AF_INET, socket.SOCK_STREAM, 0),
    "make a datagram socket": ("socket", socket.AF_INET6, socket.SOCK_DGRAM, 0),
    "make a Unix socket": ("socket", socket.AF_UNIX, socket.SOCK_STREAM, 0),
    "make a netlink socket": ("socket", socket.AF_NETLINK, socket.SOCK_RAW, 0),
    "make a socket pair": ("socketpair", socket.AF_UNIX, socket.SOCK_STREAM, 0, b"\0" * 8),
    "connect": ("connect", 0, b"\0" * 16, 16),
    "start a program": ("execve", b"/bin/true", None, None),
    "start a program from a folder": ("execveat", -100, b"/bin/true", None, None, 0),
    "fork with clone": ("clone", signal.SIGCHLD, 0, 0, 0, 0),
    "fork with shared memory": ("clone", 0x100 | signal.SIGCHLD, 0, 0, 0, 0),
    "clone into a user namespace": ("clone", 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0),
    "make a thread in a new user namespace": ("clone", 0x3D0F00 | 0x10000000, 0, 0, 0, 0),
    "make a thread in a new time namespace": ("clone", 0x3D0F00 | 0x80, 0, 0, 0, 0),
    "make a thread, traced": ("clone", 0x3D0F00 | 0x2000, 0, 0, 0, 0),
    "make a thread, and 64 bits of flags": ("clone", 0x3D0F00 | 1 << 33, 0, 0, 0, 0),
    "unshare": ("unshare", 0x10000000),
    "enter a namespace": ("setns", 0, 0),
    "signal the parent": ("kill", os.getppid(), 0),
    "signal everybody": ("kill", -1, 0),
    "signal a thread": ("tgkill", 1, 1, 0),
    "signal with a value": ("rt_sigqueueinfo", 1, 0, b"\0" * 128),
    "signal by descriptor": ("pidfd_send_signal", 0, 0, None, 0),
    "get a process descriptor": ("pidfd_open", 1, 0),
    "steal a descriptor": ("pidfd_getfd", 0, 0, 0),
    "be traced": ("ptrace", 0, 0, 0, 0),
    "attach to the parent": ("ptrace", 16, os.getppid(), 0, 0),
    "read another's memory": ("process_vm_readv", os.getppid(), b"\0" * 16, 1, b"\0" * 16, 1, 0),
    "write another's memory": ("process_vm_writev", os.getppid(), b"\0" * 16, 1, b"\0" * 16, 1, 0),
    "advise another's memory": ("process_madvise", 0, b"\0" * 16, 1, 4, 0),
    "mount": ("mount", b"none", b"/tmp", b"tmpfs", 0, None),
    "unmount": ("umount2", b"/tmp", 2),
    "pivot the root": ("pivot_root", b".", b"."),
    "use the new mount calls": ("fsopen", b"tmpfs", 0),
    "clone a mount": ("open_tree", -100, b"/", 1),
    "make memory with no name": ("memfd_create", b"x", 0),
    "set up io_uring": ("io_uring_setup", 1, b"\0" * 120),
    "load a BPF program": ("bpf", 0, b"\0" * 72, 72),
    "handle page faults": ("userfaultfd", 0),
    "open a performance event": ("perf_event_open", b"\0" * 128, 0, -1, -1, 0),
    "use keys": ("keyctl", 0, -3, 0, 0, 0),
    "add a key": ("add_key", b"user", b"x", b"x", 1, -3),
    "change the personality": ("personality", 0x0400000),
    "ask prctl": ("prctl", 3, 0, 0, 0, 0),
    "add a filter": ("seccomp", 0, 0, None),
    "control a device": ("ioctl", 0, 0x5401, b"\0" * 64),
    "push into a terminal": ("ioctl", 0, 0x5412, b"x"),
    "make a pipe": ("pipe2", b"\0" * 8, 0),
    "make an event": ("eventfd2", 0, 0),
    "make an epoll": ("epoll_create1", 0),
    "watch files": ("inotify_init1", 0),
    "share memory": ("shmget", 0, 4096, 0o1600),
    "make a message queue": ("msgget", 0, 0o1600),
    "make a semaphore": ("semget", 0, 1, 0o1600),
    "limit another process": ("prlimit64", 1, 7, b"\0" * 16, None),
    "become another user": ("setuid", 1),
    "change the schedule": ("sched_setscheduler", 0, 3, b"\0" * 4),
    "change a priority": ("setpriority", 0, 0, 10),
    "move memory of others": ("splice", 0, None, 1, None, 1, 0),
    "compare with others": ("kcmp", 1, 1, 0, 0, 0),
    "name the machine": ("uname", b"\0" * 400),
    "read the kernel's log": ("syslog", 10, None, 0),
    "map executable memory": ("mmap", 0, 4096, 1 | 4, 0x22, -1, 0),
    "map memory to write and execute": ("mmap", 0, 4096, 7, 0x22, -1, 0),
    "map shared memory": ("mmap", 0, 4096, 3, 0x21, -1, 0),
    "map shared memory, validated": ("mmap", 0, 4096, 3, 0x23, -1, 0),
    "map a file": ("mmap", 0, 4096, 1, 0x02, 0, 0),
    "map memory that grows past its limit": ("mmap", 0, 4096, 3, 0x122, -1, 0),
    "map huge pages": ("mmap", 0, 4096, 3, 0x40022, -1, 0),
    "map over the zero page": ("mmap", 0, 4096, 3, 0x32, -1, 0),
    "map with unknown protection bits": ("mmap", 0, 4096, 3 | 1 << 32, 0x22, -1, 0),
    "map memory that the kernel may drop": ("mmap", 0, 4096, 3, 0x28, -1, 0),
    "map memory and fill it at once": ("mmap", 0, 4096, 3, 0x8022, -1, 0),
    "map memory, and 64 bits of flags": ("mmap", 0, 4096, 3, 0x22 | 1 << 32, -1, 0),
    "protect memory downwards": ("mprotect", 0, 4096, 3 | 0x01000000),
    "protect with a key": ("pkey_mprotect", 0, 4096, 1, -1),
    "merge pages with others": ("madvise", 0, 4096, 12),
    "guard memory without a mapping": ("madvise", 0, 4096, 102),
    "advise memory, and 64 bits of advice": ("madvise", 0, 4096, 4 | 1 << 32),
    "wake by an operation": ("futex", b"\0" * 4, 5, 0, None, b"\0" * 4, 0),
    "wake some of those who wait": ("futex", b"\0" * 4, 10, 0, None, None, 1),
    "lock with priority inheritance": ("futex", b"\0" * 4, 6, 0, None, None, 0),
    "requeue with priority inheritance": ("futex", b"\0" * 4, 12 | 128, 0, None, None, 0),
    "send to an address": ("sendto", 0, b"x", 1, 0, b"\0" * 16, 16),
    "send before a connection": ("sendto", 0, b"x", 1, 0x20000000, None, 0),
    "receive, and be told of what is cut": ("recvfrom", 0, b"\0" * 8, 1, 0x20, None, None),
    "receive, and be told from whom": ("recvfrom", 0, b"\0" * 8, 1, 0, b"\0" * 64, b"\0" * 4),
    "receive a descriptor that closes by itself": ("recvmsg", 0, b"\0" * 56, 0x40000000),
    "send many": ("sendmmsg", 0, None, 0, 0),
    "arm a timer": ("timer_create", 1, None, b"\0" * 8),
}


def test_given_only_the_filter_when_a_guest_attacks_then_every_call_is_refused(
    run_guest: RunGuest, only: Only, kernel: Any
) -> None:
    attacks = {name: attack for name, attack in ATTACKS.items() if kernel.number(attack[0]) >= 0}

    def attack_all() -> Any:
        return {name: kernel.refusal(*attack) for name, attack in attacks.items()}

    outcome = run_guest(attack_all, leaving_out=only(*ALONE))
    assert [part.name for part in outcome.report if part.state is State.UP and part.name in ALONE] == [*ALONE]
    assert outcome.answer == dict.fromkeys(attacks, "EPERM")
    assert outcome.status == 0


def test_given_no_wall_at_all_when_the_same_calls_are_made_then_they_are_not_refused(
    run_guest: RunGuest, only: Only, kernel: Any
) -> None:
    """The attacks are real: without this, a filter test could pass because of a wrong argument."""
    harmless = (
        "open a file", "make an Internet socket", "make a Unix socket", "make memory with no name", "make a pipe",
        "make an event", "map executable memory", "map shared memory", "map memory that grows past its limit",
        "ask prctl", "name the machine", "change folder", "make an epoll",
    )  # fmt: skip

    def attack_some() -> Any:
        return {name: kernel.refusal(*ATTACKS[name]) for name in harmless}

    assert run_guest(attack_some, leaving_out=only()).answer == dict.fromkeys(harmless, "done")


def test_given_only_the_filter_when_every_other_number_is_called_then_each_is_refused(
    run_guest: RunGuest, only: Only, kernel: Any
) -> None:
    """What nobody thought of is refused: a sweep over all numbers, those of future kernels included."""
    permitted = {kernel.number(permission.call) for permission in guest_calls.PERMITTED}
    if kernel.machine == "x86_64":
        # The kernel lets uretprobe and uprobe past every filter: they serve its own trampolines, and end or
        # refuse anybody else.
        permitted |= {335, 336}
    unknown = {kernel.number(call) for call in guest_calls.UNKNOWN}

    def sweep() -> Any:
        return {
            number: refusal
            for number in range(1024)
            if number not in permitted
            and (refusal := kernel.refusal(number)) != ("ENOSYS" if number in unknown else "EPERM")
        }

    outcome = run_guest(sweep, leaving_out=only(*ALONE))
    assert outcome.answer == {}


def test_given_only_the_filter_when_executable_memory_is_wanted_by_mprotect_then_it_is_refused(
    run_guest: RunGuest, only: Only, kernel: Any
) -> None:
    def attack() -> Any:
        page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        address = ctypes.addressof(ctypes.c_char.from_buffer(page))
        return [kernel.refusal("mprotect", address, 4096, protection) for protection in (4, 5, 7, 1 | 1 << 24, 3)]

    answer = run_guest(attack, leaving_out=only(*ALONE)).answer
    assert answer == ["EPERM", "EPERM", "EPERM", "EPERM", "done"]


def test_given_only_the_filter_when_clone3_is_called_then_it_does_not_exist(
    run_guest: RunGuest, only: Only, kernel: Any
) -> None:
    """The C library then takes clone, whose flags the filter can see."""
    outcome = run_guest(lambda: kernel.refusal("clone3", b"\0" * 88, 88), leaving_out=only(*ALONE))
    assert outcome.answer == "ENOSYS"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="x32 is a way of x86-64")
def test_given_only_the_filter_when_a_call_is_made_the_x32_way_then_the_guest_is_killed(
    run_guest: RunGuest, only: Only, kernel: Any
) -> None:
    outcome = run_guest(lambda: kernel.refusal(0x40000000 | 39), leaving_out=only(*ALONE))
    assert outcome.answer is None
    assert os.WTERMSIG(outcome.status) == signal.SIGSYS


@pytest.mark.skipif(platform.machine() != "x86_64", reason="int 0x80 is a way of x86-64")
def test_given_only_the_filter_when_a_32_bit_call_is_made_then_the_guest_is_killed(
    run_guest: RunGuest, only: Only
) -> None:
    # Made before the wall goes up: behind it, no memory becomes executable.
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(bytes.fromhex("b814000000cd80c3"))  # mov eax, 20 (getpid); int 0x80; ret
    getpid = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    outcome = run_guest(getpid, leaving_out=only(*ALONE))
    assert outcome.answer is None
    assert os.WTERMSIG(outcome.status) == signal.SIGSYS


def test_given_only_the_filter_when_plain_python_works_with_threads_then_all_is_permitted(
    run_guest: RunGuest, only: Only
) -> None:
    def work() -> Any:
        done = []

        def one() -> Any:
            time.sleep(0.001)
            done.append(len(bytearray(8 << 20)))

        threads = [threading.Thread(target=one) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        return [done, time.time() > 0, time.monotonic() > 0, time.process_time() >= 0]

    assert run_guest(work, leaving_out=only(*ALONE)).answer == [[8 << 20] * 5, True, True, True]


def test_given_only_the_filter_when_a_guest_aborts_then_it_dies_of_a_signal(run_guest: RunGuest, only: Only) -> None:
    def abort() -> Any:
        faulthandler.disable()  # pytest's; it would write to pytest's own terminal
        os.abort()

    outcome = run_guest(abort, leaving_out=only(*ALONE))
    assert os.WIFSIGNALED(outcome.status)


@pytest.mark.parametrize("machine", ["X86_64", "AARCH64"])
def test_given_a_machine_when_the_names_are_resolved_then_none_is_misspelt_and_few_are_missing(machine: str) -> None:
    arch = getattr(pyseccomp.Arch, machine)
    names = [permission.call for permission in guest_calls.PERMITTED] + [*guest_calls.UNKNOWN]
    numbers = {name: pyseccomp.resolve_syscall(arch, name) for name in names}
    assert -1 not in numbers.values()  # what libseccomp answers for a name of no machine at all
    missing = {name for name, number in numbers.items() if number < 0}
    assert missing == set()
