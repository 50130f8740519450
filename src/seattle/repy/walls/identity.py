"""The guest is nobody: an account that owns nothing."""

import os

from seattle.repy.walls import libc
from seattle.repy.walls.report import Part, PartName, State

NOBODY = 65534


def become_nobody() -> Part | None:
    """Give up root for `nobody` and keep the capabilities, which the namespaces are still made with.

    Only root may choose; for anybody else this does nothing and returns None: the mapping of the user namespace
    decides then (see `namespaces`).
    """
    if os.geteuid() != 0:
        return None
    try:
        libc.prctl(libc.PR_SET_KEEPCAPS, 1)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        _, permitted, inheritable = libc.capget()
        libc.capset(permitted, permitted, inheritable)
    except OSError as why:
        return Part(PartName.IDENTITY, State.FAILED, f"root could not become {NOBODY}: {why.strerror}")
    return Part(PartName.IDENTITY, State.UP, f"user and group {NOBODY}")


def given_by_namespace(*, is_up: bool) -> Part:
    """What somebody who is not root has instead: the namespace's map."""
    if is_up:
        return Part(PartName.IDENTITY, State.UP, f"user and group {NOBODY} in its namespace")
    return Part(PartName.IDENTITY, State.ABSENT, "only root, or a user namespace, can make it nobody")
