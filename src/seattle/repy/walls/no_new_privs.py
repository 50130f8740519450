"""No program that this process could start may have more rights than it has (set-uid files, file capabilities)."""

from seattle.repy.walls import libc
from seattle.repy.walls.report import Part, PartName, State, refused


def promise() -> Part:
    """Set no_new_privs for good. An unprivileged process also needs it before Landlock and seccomp."""
    try:
        libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    except OSError as why:
        return refused(PartName.NO_NEW_PRIVS, why, "prctl")
    if libc.prctl(libc.PR_GET_NO_NEW_PRIVS) != 1:
        return Part(PartName.NO_NEW_PRIVS, State.FAILED, "the kernel took the promise and did not keep it")
    return Part(PartName.NO_NEW_PRIVS, State.UP, "set for good")
