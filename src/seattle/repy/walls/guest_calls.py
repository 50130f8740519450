"""The system calls that a guest may make, each with the reason why a warmed CPython can't do without it.

Made for CPython 3.11 to 3.13 on glibc, with threads and one socket. What merely fails more politely when it is
permitted is not here: CPython and glibc ignore that they may not block signals, list robust locks, ask for their
numbers or for the number of processors. `tests/walls/test_walls_every_call.py` makes each of these calls for real,
and shows for each that a guest without it lacks something.
"""

from typing import NamedTuple

ALL_BITS = 0xFFFF_FFFF_FFFF_FFFF
_INT = 0xFFFF_FFFF  # of an argument that the kernel takes as an int it looks at these bits only

# mmap, mprotect
_PROT_READ_WRITE = 0x1 | 0x2
_MAP_PRIVATE_ANONYMOUS = 0x02 | 0x20
_MAP_HARMLESS = 0x4000 | 0x20000  # MAP_NORESERVE and MAP_STACK, which malloc and pthread_create give
_MREMAP_MAYMOVE = 1

# What pthread_create asks of clone: VM FS FILES SIGHAND THREAD SYSVSEM SETTLS PARENT_SETTID CHILD_CLEARTID.
_CLONE_THREAD = 0x3D0F00

_FUTEX_MODIFIERS = 128 | 256  # FUTEX_PRIVATE_FLAG, FUTEX_CLOCK_REALTIME
_CLOCK_MONOTONIC = 1
_MSG_LOOK = 0x02 | 0x40  # MSG_PEEK and MSG_DONTWAIT: is there anything?
_GRND_NONBLOCK = 1


class Condition(NamedTuple):
    """An argument (by index) that must have this value, looking at the bits of the mask only."""

    argument: int
    value: int
    mask: int = ALL_BITS


class Permission(NamedTuple):
    """A system call that the guest may make when all conditions hold, and the reason why it has to."""

    call: str
    because: str
    when: tuple[Condition, ...] = ()


_NEVER_EXECUTABLE = Condition(2, 0, ALL_BITS & ~_PROT_READ_WRITE)
# Private and anonymous, nothing else. Shared memory escapes RLIMIT_DATA and so does memory that grows down; huge
# and locked pages are not ours to take; fixed addresses are how existing mappings are overwritten.
_PLAIN_MEMORY = Condition(3, _MAP_PRIVATE_ANONYMOUS, ALL_BITS & ~_MAP_HARMLESS)


def _futex(operation: int, because: str) -> Permission:
    return Permission("futex", because, (Condition(1, operation, _INT & ~_FUTEX_MODIFIERS),))


PERMITTED = (
    # Memory
    Permission("mmap", "malloc, arenas of the interpreter, thread stacks", (_NEVER_EXECUTABLE, _PLAIN_MEMORY)),
    Permission("mprotect", "pthread_create opens its stack, malloc grows a thread's heap", (_NEVER_EXECUTABLE,)),
    Permission("munmap", "memory is given back"),
    Permission("mremap", "realloc of a large block", (Condition(3, _MREMAP_MAYMOVE),)),
    Permission("brk", "malloc's first heap"),
    Permission("madvise", "MADV_DONTNEED: malloc and ended threads give pages back", (Condition(2, 4),)),
    # Threads. The operations with priority inheritance are left out: CPython has no use for them, and
    # they have been the way into more than one kernel. So are those that move waiters: glibc has not used them
    # since 2.25.
    _futex(0, "FUTEX_WAIT: the C library's own locks, such as malloc's"),
    _futex(1, "FUTEX_WAKE: any lock is released"),
    _futex(9, "FUTEX_WAIT_BITSET: the interpreter's locks, waiting with a deadline, joining a thread"),
    Permission("clone", "pthread_create; any other flag is refused", (Condition(0, _CLONE_THREAD),)),
    Permission(
        "rseq", "pthread_create ends the process if it may not register, since glibc 2.35", (Condition(2, 0, _INT),)
    ),
    Permission(
        "prlimit64", "the guest lowers its own limits for its vessel; none can be raised", (Condition(0, 0, _INT),)
    ),
    Permission("exit", "a thread ends"),
    Permission("exit_group", "the guest ends"),
    # Time. Clocks with higher numbers are other processes' CPU time, and devices.
    Permission(
        "clock_gettime",
        "CPU time; any time, where clocks are not readable without a call",
        (Condition(0, 0, _INT & ~15),),
    ),
    Permission("clock_nanosleep", "time.sleep", (Condition(0, _CLOCK_MONOTONIC, _INT),)),
    Permission("restart_syscall", "a wait with a deadline goes on after the monitor stopped and continued us"),
    # The door. It is connected, so a message needs no address and may have none; and no descriptor can be sent. The
    # flags are pinned, for behind one of them (MSG_OOB) there have been holes in the kernel.
    Permission("sendto", "the door, by send", (Condition(3, 0, _INT), Condition(4, 0))),
    Permission("recvfrom", "the door, by recv", (Condition(3, 0, _INT & ~_MSG_LOOK), Condition(4, 0))),
    Permission("recvmsg", "a new thread's own door arrives this way", (Condition(2, 0, _INT),)),
    Permission("close", "a door is closed when its thread ends"),
    # Chance
    Permission(
        "getrandom",
        "without it random.Random() seeds itself from the clock, and says nothing",
        (Condition(2, 0, _INT & ~_GRND_NONBLOCK),),
    ),
)

# Calls that the C library falls back from only when it is told that they do not exist.
UNKNOWN = {"clone3": "pthread_create then uses clone, whose flags a filter can see"}
