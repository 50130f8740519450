"""A world of its own: namespaces with no other user, process, mount, network, queue, host name or cgroup in them."""

import os
from typing import NamedTuple

from seattle.repy.walls import libc
from seattle.repy.walls.identity import NOBODY
from seattle.repy.walls.report import Part, PartName, State, refused

KINDS = {  # CLONE_NEW*; the user namespace first, for it is what makes the others possible for anybody
    PartName.USER_NAMESPACE: 0x10000000,
    PartName.MOUNT_NAMESPACE: 0x00020000,
    PartName.NET_NAMESPACE: 0x40000000,
    PartName.IPC_NAMESPACE: 0x08000000,
    PartName.UTS_NAMESPACE: 0x04000000,
    PartName.PID_NAMESPACE: 0x20000000,  # holds for the next child, which is its process 1
    PartName.CGROUP_NAMESPACE: 0x02000000,
}


class _Ids(NamedTuple):
    """Who we were before: afterwards everything looks like nobody until it is mapped."""

    user: int
    group: int


def leave(leaving_out: frozenset[str] = frozenset()) -> list[Part]:
    """Leave every namespace for a new one, and map whoever we are to nobody. The caller has one thread."""
    ids = _Ids(os.geteuid(), os.getegid())
    wanted = {name: flag for name, flag in KINDS.items() if name not in leaving_out}
    parts = _leave_at_once(wanted) or [_leave_one(name, flag) for name, flag in wanted.items()]
    if Part(PartName.USER_NAMESPACE, State.UP, _NEW) not in parts:
        return parts
    parts = [_map_to_nobody(ids) if part.name == PartName.USER_NAMESPACE else part for part in parts]
    return parts if PartName.NO_NESTING in leaving_out else [*parts, _forbid_more()]


_NEW = "its own"


def _leave_at_once(wanted: dict[PartName, int]) -> list[Part]:
    """All in one call, which costs least; nothing if the kernel refuses any of them."""
    try:
        libc.unshare(sum(wanted.values()))
    except OSError:
        return []
    return [Part(name, State.UP, _NEW) for name in wanted]


def _leave_one(name: PartName, flag: int) -> Part:
    try:
        libc.unshare(flag)
    except OSError as why:
        part = refused(name, why, "unshare")
        return _with_hint(part) if name is PartName.USER_NAMESPACE else part
    return Part(name, State.UP, _NEW)


def _map_to_nobody(ids: _Ids) -> Part:
    """Nobody inside is `ids` outside: the one mapping that an unprivileged process may write."""
    try:
        _write("/proc/self/setgroups", "deny")  # or the kernel takes no group map from the unprivileged
        _write("/proc/self/uid_map", f"{NOBODY} {ids.user} 1")
        _write("/proc/self/gid_map", f"{NOBODY} {ids.group} 1")
    except OSError as why:
        # Ubuntu 24.04 lets us have the namespace and then denies us everything in it.
        return _with_hint(refused(PartName.USER_NAMESPACE, why, "identity map"))
    return Part(PartName.USER_NAMESPACE, State.UP, f"nobody inside is user {ids.user} outside")


def _forbid_more() -> Part:
    """No user namespace inside ours: its maker would hold every capability there, which is a way to kernel bugs."""
    try:
        _write("/proc/sys/user/max_user_namespaces", "0")  # means those below our own, not the host's
    except OSError as why:
        return refused(PartName.NO_NESTING, why, "max_user_namespaces")
    return Part(PartName.NO_NESTING, State.UP, "no user namespace inside this one")


def _with_hint(part: Part) -> Part:
    return part._replace(detail=f"{part.detail} ({_hint()})")


def _hint() -> str:
    """Why an unprivileged process may not have a user namespace, as far as the kernel tells."""
    for path, barred, reason in (
        ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", b"1", "AppArmor restricts them, as Ubuntu does"),
        ("/proc/sys/kernel/unprivileged_userns_clone", b"0", "kernel.unprivileged_userns_clone is 0"),
        ("/proc/sys/user/max_user_namespaces", b"0", "user.max_user_namespaces is 0"),
    ):
        try:
            if _read(path).strip() == barred:
                return reason
        except OSError:
            continue
    return "the system does not say why; a container's own filter does this too"


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, 64)
    finally:
        os.close(descriptor)


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
