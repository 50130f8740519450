"""Forking a guest into namespaces of its own, without a change to the monitor.

Leaving a pid namespace holds for the next child, and a process that has done so can't make threads any more; an
unprivileged one would have to change its own user namespace, too. So the monitor forks a *midwife*, which leaves
everything, forks the guest and ends; the kernel then makes the monitor the guest's parent.

    monitor ──fork──► midwife (leaves namespaces, empties the root) ──fork──► guest (process 1 in there)

What has to be done with the world still in sight, such as importing modules, comes before all that, in a process of its
own that forks the midwife: it may come to have threads, and with more than one nobody can leave a user namespace.
The monitor ends it when it takes too long, and it ends with the monitor.
"""

import os
import select
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import NamedTuple

from seattle.repy.walls import identity, libc, namespaces, process, root
from seattle.repy.walls.errors import WallError
from seattle.repy.walls.report import Part, PartName, State

_PID_BYTES = 8
_LONGEST_COMPLAINT = 2000  # bytes; what a pipe takes as a whole is more
PATIENCE = 20.0  # seconds that `first` may take


class Birth(NamedTuple):
    """What a new guest knows of its way here; `enter` takes it from there."""

    parts: tuple[Part, ...]
    monitor: int
    """A pidfd, like the next."""
    midwife: int
    nothing: int
    """An open /dev/null, for the standard descriptors."""


def fork_guest(
    *,
    leaving_out: frozenset[str] = frozenset(),
    first: Callable[[], object] | None = None,
    unless: int | None = None,
) -> int | Birth:
    """Fork. Returns the guest's process id in the monitor, and a Birth in the guest, which goes on to `enter`.

    The monitor has one thread while it calls this (it may have more afterwards), and becomes the parent of the
    guest: `os.waitpid` on the result works. `leaving_out` names parts to do without; it is for tests that show
    what each part is worth alone.

    `first` is done on the guest's way, before any part of the wall is up, and never in the monitor. There is no guest
    if it raises, or takes more than `PATIENCE`, or is interrupted: when there is something to read from the descriptor
    `unless`.

    Raises WallError in the monitor if there is no guest.
    """
    try:
        return _fork(leaving_out, first, unless)
    except OSError as why:
        raise WallError(f"no guest could be forked: {why.strerror}") from why


def _fork(leaving_out: frozenset[str], first: Callable[[], object] | None, unless: int | None) -> int | Birth:
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
                if first is not None:
                    _do_and_fork(first, tell)
                return _deliver(monitor, nothing, tell, leaving_out)
        if first is not None:
            looking = select.poll()
            for descriptor in (hear, *([] if unless is None else [unless])):
                looking.register(descriptor, select.POLLIN)
            ready = [descriptor for descriptor, _ in looking.poll(PATIENCE * 1000)]
            if hear not in ready:
                os.kill(midwife, signal.SIGKILL)
                os.waitpid(midwife, 0)
                raise WallError("it was interrupted" if ready else f"it takes more than {PATIENCE:.0f} s")
        # The pipe's other end is the midwife's and the guest's alone now: silence means that they are dead.
        told = os.read(hear, _PID_BYTES + _LONGEST_COMPLAINT)
        with suppress(ChildProcessError):  # a caller that ignores SIGCHLD has its children reaped by the kernel
            os.waitpid(midwife, 0)
    if not told:
        raise WallError("the process that forks the guest died before it had forked one")
    if complaint := told[_PID_BYTES:]:
        raise WallError(complaint.decode("utf-8", "replace"))
    return int.from_bytes(told, sys.byteorder)


def _owned(descriptor: int, undo: ExitStack) -> int:
    undo.callback(os.close, descriptor)
    return descriptor


def _do_and_fork(first: Callable[[], object], tell: int) -> None:
    """Return in a new process with one thread, once `first` is done; the one that did it waits for that and ends."""
    libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        first()
        midwife = os.fork()
        if midwife == 0:
            return
        os.waitpid(midwife, 0)
    except BaseException as why:  # noqa: BLE001 (as below)
        complaint = f"{type(why).__name__}: {why}".encode("utf-8", "replace")[:_LONGEST_COMPLAINT]
        os.write(tell, bytes(_PID_BYTES) + complaint)
    os._exit(0)


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
