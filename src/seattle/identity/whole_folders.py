"""Folders that are filled whole or not at all: half of one could neither be used nor be made again."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def filled_whole(folder: Path, *, mode: int = 0o700) -> Iterator[None]:
    """Make the folder, if it is not there; if the block fails, take away what has come into it since.

    One who fills it at the same time waits, so that nothing of theirs is taken. An OSError that names no file, as of a
    full disk, names the folder from then on.
    """
    made, lock = _held(folder, mode)
    try:
        before = set(folder.iterdir())
        try:
            yield
        except BaseException as why:
            for new in set(folder.iterdir()) - before:
                _remove(new)
            if made:
                with suppress(OSError):  # somebody else has put something there
                    folder.rmdir()
            if isinstance(why, OSError) and why.filename is None:
                why.filename = str(folder)
            raise
    finally:
        os.close(lock)


def _held(folder: Path, mode: int) -> tuple[bool, int]:
    """Whether the folder had to be made, and a lock on it.

    Whoever had the lock before may have failed, and have taken away the folder that they made: then it is made anew.
    """
    while True:
        made = not folder.is_dir()
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # it was taken away just now
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if os.path.samestat(os.fstat(lock), folder.stat()):
                    return made, lock
            except BaseException:
                os.close(lock)
                raise
            os.close(lock)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    with suppress(OSError):  # the error that led here is the one to be told
        path.unlink()
