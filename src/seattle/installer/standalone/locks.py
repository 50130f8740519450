"""Who holds a lock: a daemon that was left behind by a supervisor, say."""

import os
from pathlib import Path


def holder(file: Path) -> int | None:
    """The process that has got a file locked (flock); None if nobody has, or the kernel doesn't show it."""
    try:
        status = file.stat()
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    for line in lines:  # `1: FLOCK  ADVISORY  WRITE 1234 fd:01:56789 0 EOF`; a `->` stands before those who wait
        words = line.split()
        if len(words) > 5 and words[1] == "FLOCK" and words[5] == device and words[4].isdigit():
            return int(words[4]) or None
    return None


def openers(file: Path) -> list[int]:
    """The processes that have a file open, as far as this account may see that.

    The kernel names as a lock's holder who has taken it, and it may have left it to a child, and died.
    """
    path = os.path.realpath(file)
    found = []
    for process in os.listdir("/proc"):  # noqa: PTH208 - names
        if process.isdigit():
            try:
                opened = os.listdir(f"/proc/{process}/fd")  # noqa: PTH208 - as above
            except OSError:
                continue
            if any(_leads_to(f"/proc/{process}/fd/{fd}", path) for fd in opened):
                found.append(int(process))
    return found


def _leads_to(link: str, path: str) -> bool:
    try:
        return os.readlink(link) == path  # noqa: PTH115 - a text
    except OSError:  # it is closed by now
        return False


def was_started_from(pid: int, folder: Path) -> bool:
    """Whether a process was started by a program in a folder."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(f"{folder}/".encode())
    except OSError:
        return False
