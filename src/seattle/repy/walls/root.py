"""A file system with nothing in it."""

import os

from seattle.repy.walls import libc
from seattle.repy.walls.report import Part, PartName, State, refused

# An empty file system needs a folder to be mounted on before it becomes the root; every Linux has this one.
_ANY_FOLDER = b"/proc"
_INERT = libc.MS_RDONLY | libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC


def empty() -> Part:
    """Make an empty read-only folder the root and the working directory, and let go of the old root.

    Needs a mount namespace of our own, and CAP_SYS_ADMIN in it.
    """
    try:
        # Or what we mount here would appear on the host, where mounts are shared.
        libc.mount(None, b"/", None, libc.MS_REC | libc.MS_PRIVATE, None)
        # One inode, which is the folder itself, and mode 0: nobody can even list it.
        libc.mount(b"none", _ANY_FOLDER, b"tmpfs", _INERT, b"nr_inodes=1,size=4k,mode=0")
        os.chdir(_ANY_FOLDER)
    except OSError as why:
        return refused(PartName.EMPTY_ROOT, why, "mount")
    return _pivot()


def _pivot() -> Part:
    try:
        # The old root ends up on top of the new one, at the same place, and is then taken off.
        libc.pivot_root(b".", b".")
        libc.umount(b".", libc.MNT_DETACH)
    except OSError as why:  # an initial RAM file system can't be pivoted away from
        try:
            os.chroot(".")
        except OSError:
            return Part(PartName.EMPTY_ROOT, State.FAILED, f"pivot_root: {why.strerror}")
        return Part(PartName.EMPTY_ROOT, State.UP, "empty, by chroot")
    return Part(PartName.EMPTY_ROOT, State.UP, "empty and read-only")
