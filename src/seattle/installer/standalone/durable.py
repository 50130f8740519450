"""Files and links that are there whole or not at all, also when the power fails."""

import os
from pathlib import Path


def write(file: Path, data: bytes) -> None:
    """Write a file, in the place of what was there. Raises OSError."""
    new = file.with_name(f".{file.name}.new")
    with new.open("wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())
    new.replace(file)
    sync_folder(file.parent)


def link(path: Path, target: str) -> None:
    """Make a link, in the place of what was there. Raises OSError."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the disk take down which names a folder has. Raises OSError."""
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
