"""Which system calls a guest may make: those in PERMITTED. Any other is refused with EPERM.

The filter is built with libseccomp, once, in the nursery, and handed to the kernel as bytes in each guest.
Every permission says why a warmed CPython, with threads and one socket, can't do without it.
"""

import ctypes
import errno
import os
from typing import NamedTuple

from seattle.repy.walls import libc
from seattle.repy.walls.report import Part, PartName, State, refused

_ALL = 0xFFFF_FFFF_FFFF_FFFF

# mmap, mprotect
_PROT_READ_WRITE = 0x1 | 0x2
_MAP_PRIVATE_ANONYMOUS = 0x02 | 0x20
_MAP_HARMLESS = 0x4000 | 0x20000  # MAP_NORESERVE and MAP_STACK, which malloc and pthread_create give

# What pthread_create asks of clone: VM FS FILES SIGHAND THREAD SYSVSEM SETTLS PARENT_SETTID CHILD_CLEARTID.
_CLONE_THREAD = 0x3D0F00
_CLONE_DETACHED = 0x400000  # musl adds it; the kernel has ignored it for twenty years

_FUTEX_MODIFIERS = 128 | 256  # FUTEX_PRIVATE_FLAG, FUTEX_CLOCK_REALTIME


class Condition(NamedTuple):
    """An argument (by index) that must have this value, looking at the bits of the mask only."""

    argument: int
    value: int
    mask: int = _ALL


class Permission(NamedTuple):
    """A system call that the guest may make when all conditions hold, and the reason why it has to."""

    call: str
    because: str
    when: tuple[Condition, ...] = ()


_NEVER_EXECUTABLE = Condition(2, 0, _ALL & ~_PROT_READ_WRITE)
# Private and anonymous, nothing else. Shared memory escapes RLIMIT_DATA and so does memory that grows down; huge
# and locked pages are not ours to take; fixed addresses are how existing mappings are overwritten.
_PLAIN_MEMORY = Condition(3, _MAP_PRIVATE_ANONYMOUS, _ALL & ~_MAP_HARMLESS)


def _futex(operation: int, because: str) -> Permission:
    return Permission("futex", because, (Condition(1, operation, 0xFFFF_FFFF & ~_FUTEX_MODIFIERS),))


def _madvise(advice: int, because: str) -> Permission:
    return Permission("madvise", because, (Condition(2, advice),))


PERMITTED = (
    # Memory
    Permission("mmap", "malloc, arenas of the interpreter, thread stacks", (_NEVER_EXECUTABLE, _PLAIN_MEMORY)),
    Permission("mprotect", "pthread_create opens its stack, malloc grows a heap", (_NEVER_EXECUTABLE,)),
    Permission("munmap", "memory is given back"),
    Permission("mremap", "realloc of a large block"),
    Permission("brk", "malloc's first heap"),
    _madvise(4, "MADV_DONTNEED: malloc and ended threads give pages back"),
    _madvise(8, "MADV_FREE: the same, lazily"),
    _madvise(14, "MADV_HUGEPAGE: malloc, where it is tuned to"),
    _madvise(102, "MADV_GUARD_INSTALL: guard pages of thread stacks since glibc 2.42"),
    _madvise(103, "MADV_GUARD_REMOVE: the same"),
    # Threads. The operations with priority inheritance are left out: CPython has no use for them, and
    # they have been the way into more than one kernel.
    _futex(0, "FUTEX_WAIT: locks"),
    _futex(1, "FUTEX_WAKE: locks"),
    _futex(3, "FUTEX_REQUEUE: condition variables of older C libraries"),
    _futex(4, "FUTEX_CMP_REQUEUE: the same"),
    _futex(5, "FUTEX_WAKE_OP: the same"),
    _futex(9, "FUTEX_WAIT_BITSET: waiting with a deadline, joining a thread"),
    _futex(10, "FUTEX_WAKE_BITSET: its other half"),
    Permission(
        "clone", "pthread_create; any other flag is refused", (Condition(0, _CLONE_THREAD, _ALL & ~_CLONE_DETACHED),)
    ),
    Permission("set_robust_list", "every new thread registers its locks"),
    Permission("rseq", "every new thread registers its restartable sequences"),
    Permission("gettid", "threading notes the number of each thread"),
    Permission("getpid", "OpenSSL and logging ask; the answer is 1"),
    Permission("sched_yield", "a thread that spins lets others go first"),
    Permission("prlimit64", "the guest lowers its own limits for its vessel; none can be raised", (Condition(0, 0),)),
    Permission("exit", "a thread ends"),
    Permission("exit_group", "the guest ends"),
    # Time
    Permission("clock_gettime", "time.thread_time; and time.time, where the clock is not readable without a call"),
    Permission("clock_getres", "time.get_clock_info"),
    Permission("gettimeofday", "the same for older code"),
    Permission("time", "the same"),
    Permission("clock_nanosleep", "time.sleep"),
    Permission("nanosleep", "sleeping in C code"),
    Permission("restart_syscall", "a sleep goes on after the monitor stopped and continued us"),
    # Signals: the guest may handle its own and can send none.
    Permission("rt_sigaction", "abort, and modules that restore a handler"),
    Permission("rt_sigprocmask", "pthread_create blocks signals while it works"),
    Permission("rt_sigreturn", "a handler returns"),
    Permission("sigaltstack", "faulthandler"),
    # The door. It is connected, so a message needs no address and may have none.
    Permission("read", "the door"),
    Permission("write", "the door; the descriptors 0 to 2 lead nowhere"),
    Permission("sendto", "the door, by send", (Condition(4, 0),)),
    Permission("recvfrom", "the door, by recv"),
    Permission("sendmsg", "the door, in several pieces"),
    Permission("recvmsg", "the door; a new thread's own door arrives this way"),
    Permission("poll", "waiting at the door"),
    Permission("ppoll", "the same where there is no poll"),
    Permission("close", "a door is closed when its thread ends"),
    # Chance
    Permission("getrandom", "without it random.Random() seeds itself from the clock, and says nothing"),
)

# Calls that a C library falls back from only when it is told that they do not exist.
UNKNOWN = {
    "clone3": "pthread_create then uses clone, whose flags a filter can see",
    "sched_getaffinity": "pthread_getattr_np then does without",
}


class Program(NamedTuple):
    """A filter, ready for the kernel."""

    instructions: bytes
    left_out: tuple[str, ...]
    """Permitted calls that this architecture does not have."""


def build() -> Program:
    """Build the filter for this architecture.

    Raises ImportError or RuntimeError without libseccomp, or if nobody has reviewed PERMITTED for this machine.
    """
    import pyseccomp  # type: ignore[import-untyped]  # noqa: PLC0415 (raises without libseccomp; this is a part's absence)

    if pyseccomp.system_arch() not in (pyseccomp.Arch.X86_64, pyseccomp.Arch.AARCH64):
        # Elsewhere calls have other names or orders of arguments: mmap2, futex_time64, the flags of clone.
        raise RuntimeError("the list of system calls was made for x86-64 and aarch64 only")
    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    # 32-bit calls on a 64-bit machine have other numbers, so nothing below would be about them.
    rules.set_attr(pyseccomp.Attr.ACT_BADARCH, pyseccomp.KILL_PROCESS)
    # A tree rather than a list: the cost of a call does not depend on its place in it.
    rules.set_attr(pyseccomp.Attr.CTL_OPTIMIZE, 2)
    left_out = []
    for permission in PERMITTED:
        number = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, permission.call)
        if number < 0:
            left_out.append(permission.call)
            continue
        arguments = [pyseccomp.Arg(c.argument, pyseccomp.MASKED_EQ, c.mask, c.value) for c in permission.when]
        rules.add_rule_exactly(pyseccomp.ALLOW, number, *arguments)
    for call in UNKNOWN:
        number = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, call)
        if number >= 0:
            rules.add_rule_exactly(pyseccomp.ERRNO(errno.ENOSYS), number)
    with os.fdopen(os.memfd_create("filter"), "w+b") as file:
        rules.export_bpf(file)
        file.seek(0)
        return Program(file.read(), tuple(left_out))


class _SockFprog(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


_MODE_FILTER = 2
_INSTRUCTION_BYTES = 8


def confine(program: Program) -> Part:
    """Confine this process, which has one thread, for good. Needs no_new_privs."""
    instructions = program.instructions
    wanted = _SockFprog(len(instructions) // _INSTRUCTION_BYTES, instructions)
    try:
        libc.prctl(libc.PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(wanted))
    except OSError as why:
        return refused(PartName.SECCOMP, why, "prctl")
    return Part(PartName.SECCOMP, State.UP, f"{len(PERMITTED) - len(program.left_out)} permissions")
