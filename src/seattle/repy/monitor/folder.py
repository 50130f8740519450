"""The vessel's folder: regular files by name, nothing else, and whatever its disk does not do as a refusal.

Its owner is on the other side of it and may change anything at any moment; no call trusts what an earlier one saw.
"""

import os
import stat

from seattle.repy.door import Refusal
from seattle.repy.monitor.refused import RefusedError

# Not followed if it is a link, and not waited for if it is a pipe.
_OPEN = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class Folder:
    """Takes a descriptor, which stays the caller's. Names have been checked."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def look(self, name: str) -> os.stat_result | None:
        """What is known of a regular file; None if there is nothing of that name."""
        try:
            status = os.stat(name, dir_fd=self.fd, follow_symlinks=False)
        except FileNotFoundError:
            return None
        except OSError as why:
            raise disk_failed(f"look at {name!r}", why) from why
        if not stat.S_ISREG(status.st_mode):
            raise _not_regular(name)
        return status

    def open(self, name: str) -> int | None:
        """A descriptor of a file that is there; None if there is nothing of that name."""
        if self.look(name) is None:
            return None
        try:
            fd = os.open(name, _OPEN, dir_fd=self.fd)
        except FileNotFoundError:  # its owner has just removed it
            return None
        except OSError as why:
            raise disk_failed(f"open {name!r}", why) from why
        return _regular(fd, name)

    def create(self, name: str) -> int:
        """A descriptor of a new file."""
        try:
            fd = os.open(name, _OPEN | os.O_CREAT, 0o600, dir_fd=self.fd)
        except OSError as why:
            raise disk_failed(f"create {name!r}", why) from why
        return _regular(fd, name)

    def remove(self, name: str) -> int:
        """Delete a file; how many bytes it had."""
        status = self.look(name)
        try:
            if status is not None:
                os.unlink(name, dir_fd=self.fd)
                return status.st_size
        except FileNotFoundError:  # its owner was faster
            pass
        except OSError as why:
            raise disk_failed(f"remove {name!r}", why) from why
        raise missing(name)

    def names(self) -> list[str]:
        """Of all entries, files or not."""
        try:
            return os.listdir(self.fd)  # noqa: PTH208 - by descriptor, which pathlib can't
        except OSError as why:
            raise disk_failed("list the files", why) from why


def missing(name: str) -> RefusedError:
    """What to say when there is nothing to remove."""
    return RefusedError(Refusal.FILE_NOT_FOUND, f"there is no file {name!r} to remove")


def disk_failed(what: str, why: OSError) -> RefusedError:
    """What the donor's disk does not do is the program's FileError, and nobody's death."""
    return RefusedError(Refusal.FILE, f"this computer could not {what}: {why.strerror}")


def _not_regular(name: str) -> RefusedError:
    return RefusedError(Refusal.FILE_NOT_FOUND, f"{name!r} is not a regular file")


def _regular(fd: int, name: str) -> int:
    """The descriptor, unless something else has taken the file's place between the look and the opening."""
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise _not_regular(name)
    return fd
