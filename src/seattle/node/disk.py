"""Whether the disk that a node lives on takes what is written: looked at anew each time, so that it heals by itself."""

import os
from pathlib import Path
from typing import Final

LEAST_FREE: Final = 1024 * 1024  # bytes, below which a disk counts as full


def disk_trouble(folder: Path) -> str:
    """What its donor has to mend about the disk beneath `folder`, in words for people; empty if nothing."""
    try:
        status = os.statvfs(folder)
    except OSError as why:
        return f"the disk does not answer: {why.strerror}"
    if status.f_flag & os.ST_RDONLY:
        return "the disk can't be written to: it is mounted read-only"
    free = status.f_bavail * status.f_frsize
    if free < LEAST_FREE:
        return f"the disk is full: {free} bytes are free"
    return ""
