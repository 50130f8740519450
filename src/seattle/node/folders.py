"""Where a vessel is on disk: `vessels/v1/files`, `vessels/v1/log`, `vessels/v1/incoming`.

Beside `vessels` there may be `private`, with files named `private_*` which the donor gives to all programs: they are
copied into a vessel's files before each start, so that neither reset, split nor join can take them away. No call of the
API shows or touches a file of such a name.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class VesselFolders:
    """The three folders of one vessel. Only this user can enter them."""

    files: Path  # what its programs see
    log: Path  # the ring, and the outcome of the latest run
    incoming: Path  # uploads that are not whole yet

    @classmethod
    def make(cls, root: Path) -> Self:
        """The folders beneath `root`; those that are missing are made."""
        folders = cls(root / "files", root / "log", root / "incoming")
        for folder in (folders.files, folders.log, folders.incoming):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folders


@contextmanager
def opened(folder: Path) -> Iterator[int]:
    """A descriptor of a folder, for calls that take names relative to it."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)


def lock(folder: int) -> bool:
    """Lock a folder, for as long as this descriptor or a copy of it is open, in any process. Whether that worked.

    A program's monitor gets such a descriptor with the launch request. So while the log's folder can't be locked,
    something runs in the vessel or is about to, whatever is known of it; and when it can, nothing does.
    """
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
