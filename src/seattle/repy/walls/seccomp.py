"""Filters of system calls: what is not permitted is refused with EPERM.

They are built with libseccomp, once for each nursery (see `filters`), and handed to the kernel as bytes in each guest
and monitor.
`guest_calls.PERMITTED` is the guest's list, `monitor_calls.PERMITTED` the monitor's.
"""

import ctypes
import errno
import os
from collections.abc import Iterable
from typing import NamedTuple

from seattle.repy.walls import libc
from seattle.repy.walls.guest_calls import Permission
from seattle.repy.walls.report import Part, PartName, State, refused


class Program(NamedTuple):
    """A filter, ready for the kernel."""

    instructions: bytes
    permissions: int


def build(permitted: Iterable[Permission], *, unknown: Iterable[str] = ()) -> Program:
    """Build a filter for this architecture; to the calls in `unknown` it answers that there is no such call.

    A permitted call that this architecture does not have is left out.

    Raises ImportError or RuntimeError without libseccomp, or if nobody has reviewed the lists for this machine.
    """
    import pyseccomp  # type: ignore[import-untyped]  # noqa: PLC0415 (raises without libseccomp; this is a part's absence)

    if pyseccomp.system_arch() not in (pyseccomp.Arch.X86_64, pyseccomp.Arch.AARCH64):
        # Elsewhere calls have other names or orders of arguments: mmap2, futex_time64, the flags of clone.
        raise RuntimeError("the lists of system calls were made for x86-64 and aarch64 only")
    if "CS_GNU_LIBC_VERSION" not in os.confstr_names:
        raise RuntimeError("the lists of system calls were made for glibc; others wait for locks by other calls")
    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    # 32-bit calls on a 64-bit machine have other numbers, so nothing below would be about them.
    rules.set_attr(pyseccomp.Attr.ACT_BADARCH, pyseccomp.KILL_PROCESS)
    # A tree rather than a list: the cost of a call does not depend on its place in it.
    rules.set_attr(pyseccomp.Attr.CTL_OPTIMIZE, 2)
    permissions = 0
    for permission in permitted:
        number = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, permission.call)
        if number < 0:
            continue
        arguments = [pyseccomp.Arg(c.argument, pyseccomp.MASKED_EQ, c.mask, c.value) for c in permission.when]
        rules.add_rule_exactly(pyseccomp.ALLOW, number, *arguments)
        permissions += 1
    for call in unknown:
        number = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, call)
        if number >= 0:
            rules.add_rule_exactly(pyseccomp.ERRNO(errno.ENOSYS), number)
    with os.fdopen(os.memfd_create("filter"), "w+b") as file:
        rules.export_bpf(file)
        file.seek(0)
        return Program(file.read(), permissions)


class _SockFprog(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


_MODE_FILTER = 2
_INSTRUCTION_BYTES = 8


def confine(name: PartName, program: Program) -> Part:
    """Confine this process, which has one thread, for good. Needs no_new_privs."""
    instructions = program.instructions
    wanted = _SockFprog(len(instructions) // _INSTRUCTION_BYTES, instructions)
    try:
        libc.prctl(libc.PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(wanted))
    except OSError as why:
        return refused(name, why, "prctl")
    return Part(name, State.UP, f"{program.permissions} permissions")
