"""Forking a guest into namespaces of its own, without a change to the monitor.

Leaving a pid namespace holds for the next child, and a process that has done so can't make threads any more; an
unprivileged one would have to change its own user namespace, too. So the monitor forks a *midwife*, which leaves
everything, forks the guest and ends; the kernel then makes the monitor the guest's parent.

    monitor ──fork──► midwife (leaves namespaces, empties the root) ──fork──► guest (process 1 in there)
"""

import os
import sys
from contextlib import ExitStack, suppress
from typing import NamedTuple

from seattle.repy.walls import identity, libc, namespaces, process, root
from seattle.repy.walls.errors import WallError
from seattle.repy.walls.report import Part, PartName, State

_PID_BYTES = 8


class Birth(NamedTuple):
    """What a new guest knows of its way here; `enter` takes it from there."""

    parts: tuple[Part, ...]
    monitor: int
    """A pidfd, like the next."""
    midwife: int
    nothing: int
    """An open /dev/null, for the standard descriptors."""


def fork_guest(*, leaving_out: frozenset[str] = frozenset()) -> int | Birth:
    """Fork. Returns the guest's process id in the monitor, and a Birth in the guest, which goes on to `enter`.

    The monitor has one thread while it calls this (it may have more afterwards), and becomes the parent of the
    guest: `os.waitpid` on the result works. `leaving_out` names parts to do without; it is for tests that show
    what each part is worth alone.

    Raises WallError in the monitor if there is no guest.
    """
    try:
        return _fork(leaving_out)
    except OSError as why:
        raise WallError(f"no guest could be forked: {why.strerror}") from why


def _fork(leaving_out: frozenset[str]) -> int | Birth:
    # When the midwife has ended, its child becomes ours and not the init process's.
    libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
    with ExitStack() as undo:
        monitor = _owned(os.pidfd_open(os.getpid()), undo)
        nothing = _owned(os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC), undo)
        hear, tell = os.pipe()
        _owned(hear, undo)
        with ExitStack() as undo_sooner:
            _owned(tell, undo_sooner)
            midwife = os.fork()
            if midwife == 0:
                undo.pop_all()  # over there they are needed for longer; `enter` closes them
                undo_sooner.pop_all()
                return _deliver(monitor, nothing, tell, leaving_out)
        # The pipe's other end is the midwife's and the guest's alone now: silence means that they are dead.
        told = os.read(hear, _PID_BYTES)
        with suppress(ChildProcessError):  # a caller that ignores SIGCHLD has its children reaped by the kernel
            os.waitpid(midwife, 0)
    if not told:
        raise WallError("the process that forks the guest died before it had forked one")
    return int.from_bytes(told, sys.byteorder)


def _owned(descriptor: int, undo: ExitStack) -> int:
    undo.callback(os.close, descriptor)
    return descriptor


def _deliver(monitor: int, nothing: int, tell: int, leaving_out: frozenset[str]) -> Birth:
    """The midwife's life. Only the guest returns from here: the monitor's code must not run twice."""
    try:
        parts = _leave_everything(leaving_out)
        midwife = os.pidfd_open(os.getpid())
        guest = os.fork()
        if guest == 0:
            os.close(tell)
            if PartName.SESSION not in leaving_out:
                parts.append(process.leave_session())
            return Birth(tuple(parts), monitor, midwife, nothing)
        os.write(tell, guest.to_bytes(_PID_BYTES, sys.byteorder))
    except BaseException:  # noqa: BLE001 (whatever happened, the monitor hears of it by our silence)
        os._exit(1)
    os._exit(0)


def _leave_everything(leaving_out: frozenset[str]) -> list[Part]:
    parts = []
    became_nobody = None if PartName.IDENTITY in leaving_out else identity.become_nobody()
    process.own_proc_self()
    if PartName.OOM_SCORE not in leaving_out:
        parts.append(process.die_first())
    left = namespaces.leave(leaving_out)
    up = {part.name for part in left if part.state is State.UP}
    if PartName.IDENTITY not in leaving_out:
        parts.append(became_nobody or identity.given_by_namespace(is_up=PartName.USER_NAMESPACE in up))
    parts += left
    if PartName.EMPTY_ROOT not in leaving_out:
        if PartName.MOUNT_NAMESPACE in up:
            parts.append(root.empty())
        else:
            parts.append(Part(PartName.EMPTY_ROOT, State.ABSENT, "needs a mount namespace"))
    return parts
