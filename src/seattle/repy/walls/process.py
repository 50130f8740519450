"""What the kernel holds about the process itself: who dies first, who may look inside, whose death ends it."""

import errno
import os
import select
import signal

from seattle.repy.walls import libc
from seattle.repy.walls.report import Part, PartName, State, refused

_PATIENCE_MS = 10_000


def die_first() -> Part:
    """When memory runs out, the kernel takes the guest and not the donor's programs. Writes to /proc."""
    try:
        descriptor = os.open("/proc/self/oom_score_adj", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(descriptor, b"1000")
        finally:
            os.close(descriptor)
    except OSError as why:
        return refused(PartName.OOM_SCORE, why, "oom_score_adj")
    return Part(PartName.OOM_SCORE, State.UP, "first to go when memory runs out")


def leave_session() -> Part:
    """Have a session and a process group of its own.

    No keys typed at the monitor's terminal reach the guest, and `kill(0, ...)`, which pays no heed to pid
    namespaces, reaches nobody but the guest itself.
    """
    try:
        os.setsid()
    except OSError as why:
        return refused(PartName.SESSION, why, "setsid")
    return Part(PartName.SESSION, State.UP, "its own session and process group")


def reset_signals() -> Part:
    """Forget the monitor's handlers and mask: its code must not run in the guest."""
    try:
        signal.set_wakeup_fd(-1)
        for number in signal.valid_signals():
            if callable(signal.getsignal(number)):  # one written in Python, not SIG_DFL or SIG_IGN
                signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
    except (OSError, ValueError) as why:  # ValueError: not in the first thread
        return Part(PartName.SIGNALS, State.FAILED, f"signal: {why}")
    return Part(PartName.SIGNALS, State.UP, "no handler, none blocked")


def reset_personality() -> Part:
    """Take back what a parent may have set: readable memory that is executable, addresses that are not random."""
    try:
        libc.personality(0)
    except OSError as why:
        return refused(PartName.PERSONALITY, why, "personality")
    return Part(PartName.PERSONALITY, State.UP, "plain")


def die_with(*, monitor: int, midwife: int) -> Part:
    """Ask to be killed when the monitor dies; ends this process if it is dead already.

    `monitor` and `midwife` are pidfds. The kernel sends the signal when the present parent dies, so the midwife
    has to be gone first; and it says nothing of a parent that died before we asked, so we look afterwards.
    """
    if not _has_died(midwife, within_ms=_PATIENCE_MS):
        return Part(PartName.PARENT_DEATH, State.FAILED, "the process in between does not end")
    try:
        libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
    except OSError as why:
        return refused(PartName.PARENT_DEATH, why, "prctl")
    if _has_died(monitor, within_ms=0):
        os._exit(1)
    return Part(PartName.PARENT_DEATH, State.UP, "dies with its monitor")


def _has_died(pidfd: int, *, within_ms: int) -> bool:
    """Raises OSError if `pidfd` is none."""
    looking = select.poll()
    looking.register(pidfd, select.POLLIN)
    for _, events in looking.poll(within_ms):
        if not events & select.POLLIN:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return True
    return False


def own_proc_self() -> None:
    """Make /proc/self ours to write, for the identity map: root owns it once a process has changed its user.

    It also makes us traceable by our own account. That ends with `forbid_dumps`, before any foreign code.
    """
    libc.prctl(libc.PR_SET_DUMPABLE, 1)


def forbid_dumps() -> Part:
    """No core file, no debugger, and /proc/PID belongs to root: for other processes of the same account, too."""
    try:
        libc.prctl(libc.PR_SET_DUMPABLE, 0)
    except OSError as why:
        return refused(PartName.NOT_DUMPABLE, why, "prctl")
    return Part(PartName.NOT_DUMPABLE, State.UP, "cannot be traced or dumped")
