"""The system calls of the wall that Python has no function for, through the C library.

Every function raises OSError with the kernel's reason. ctypes is imported and the symbols are bound when this
module is: in the nursery, never in a guest.
"""

import ctypes
import os
from typing import NoReturn

_libc = ctypes.CDLL(None, use_errno=True)

MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MNT_DETACH = 0x2

PR_SET_PDEATHSIG = 1
PR_GET_PDEATHSIG = 2
PR_GET_DUMPABLE = 3
PR_SET_DUMPABLE = 4
PR_SET_KEEPCAPS = 8
PR_SET_SECCOMP = 22
PR_CAPBSET_READ = 23
PR_CAPBSET_DROP = 24
PR_SET_SECUREBITS = 28
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_GET_NO_NEW_PRIVS = 39
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

_mount = _libc.mount
_mount.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p)
_prctl = _libc.prctl
_prctl.argtypes = (ctypes.c_int, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong)
_syscall = _libc.syscall
_syscall.restype = ctypes.c_long
_unshare = _libc.unshare
_unshare.argtypes = (ctypes.c_int,)
_umount2 = _libc.umount2
_umount2.argtypes = (ctypes.c_char_p, ctypes.c_int)
_pivot_root = _libc.pivot_root
_pivot_root.argtypes = (ctypes.c_char_p, ctypes.c_char_p)
_personality = _libc.personality
_personality.argtypes = (ctypes.c_ulong,)
_capget = _libc.capget
_capset = _libc.capset


def unshare(flags: int) -> None:
    """Leave the namespaces named by `flags` (CLONE_NEW*) for new ones."""
    if _unshare(flags) < 0:
        _fail()


def mount(source: bytes | None, target: bytes, kind: bytes | None, flags: int, data: bytes | None) -> None:
    """Mount `source` on `target`, or change how it is mounted."""
    if _mount(source, target, kind, flags, data) < 0:
        _fail()


def umount(target: bytes, flags: int) -> None:
    """Take off the mount at `target`."""
    if _umount2(target, flags) < 0:
        _fail()


def pivot_root(new_root: bytes, put_old: bytes) -> None:
    """Make the mount `new_root` the root and put the old one at `put_old`."""
    if _pivot_root(new_root, put_old) < 0:
        _fail()


def prctl(option: int, first: int = 0, second: int = 0, third: int = 0, fourth: int = 0) -> int:
    """Tell the kernel how to treat this process, or ask how it does; returns 0 or more."""
    result: int = _prctl(option, first, second, third, fourth)
    if result < 0:
        _fail()
    return result


def personality(persona: int) -> int:
    """Set the execution domain and its flags; returns the one before."""
    result: int = _personality(persona)
    if result < 0:
        _fail()
    return result


def syscall(number: int, *arguments: int | ctypes.Array[ctypes.c_char] | ctypes.Structure | None) -> int:
    """A raw system call; integers go as 64 bits, buffers as pointers."""
    result: int = _syscall(ctypes.c_long(number), *map(_argument, arguments))
    if result < 0:
        _fail()
    return result


class _CapHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapData(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


_CAP_VERSION_3 = 0x20080522  # 64 capabilities, as two records of 32 bits


def capget() -> tuple[int, int, int]:
    """The caller's effective, permitted and inheritable capabilities, as bit sets."""
    header, data = _CapHeader(_CAP_VERSION_3, 0), (_CapData * 2)()
    if _capget(ctypes.byref(header), ctypes.byref(data)) < 0:
        _fail()
    low, high = data
    return (
        low.effective | high.effective << 32,
        low.permitted | high.permitted << 32,
        low.inheritable | high.inheritable << 32,
    )


def capset(effective: int, permitted: int, inheritable: int) -> None:
    """Set the caller's capabilities, as bit sets."""
    header, data = _CapHeader(_CAP_VERSION_3, 0), (_CapData * 2)()
    for index, record in enumerate(data):
        record.effective = effective >> 32 * index & 0xFFFFFFFF
        record.permitted = permitted >> 32 * index & 0xFFFFFFFF
        record.inheritable = inheritable >> 32 * index & 0xFFFFFFFF
    if _capset(ctypes.byref(header), ctypes.byref(data)) < 0:
        _fail()


def _argument(value: int | ctypes.Array[ctypes.c_char] | ctypes.Structure | None) -> object:
    if isinstance(value, int):
        return ctypes.c_long(value)
    return None if value is None else ctypes.byref(value)


def _fail() -> NoReturn:
    number = ctypes.get_errno()
    raise OSError(number, os.strerror(number))
