"""The names by which a testbed on this machine is found among the user's profiles, for as long as it runs."""

import fcntl
import os
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

from seattle.client.profile import profiles_dir

MARK: Final = "in-use"  # a file in the profile's folder; whoever serves the testbed holds a lock on it


class ProfileLinks:
    """Gives a profile the name `local`, and `default` if no other has it. Use it with `with`.

    A link to a testbed that ended without a chance to clean up is replaced; any other profile is left alone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()  # a link's target counts from where the link is
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Raises OSError if the profiles can't be written."""
        with ExitStack() as undo:
            mark = os.open(self._folder / MARK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            undo.callback(os.close, mark)
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            profiles = profiles_dir()
            profiles.mkdir(mode=0o700, parents=True, exist_ok=True)
            for link in (profiles / "local", profiles / "default"):
                if link.is_symlink() and (link.name == "local" or _leads_nowhere(link)):
                    link.unlink(missing_ok=True)
                if not link.exists():
                    link.symlink_to(self._folder)
                    undo.callback(self._remove, link)
            self._stack = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def names(self) -> list[str]:
        """The names that lead here now."""
        return [name for name in ("local", "default") if self._is_ours(profiles_dir() / name)]

    def _remove(self, link: Path) -> None:
        if self._is_ours(link):  # else a later testbed has taken the name
            link.unlink(missing_ok=True)

    def _is_ours(self, link: Path) -> bool:
        return link.is_symlink() and link.readlink() == self._folder


def _leads_nowhere(link: Path) -> bool:
    """Whether the link's target is gone, or is the profile of a testbed that nobody serves any more."""
    if not link.exists():
        return True
    try:
        mark = os.open(link / MARK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False  # not the profile of a testbed on this machine
    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(mark)
    return True
