"""`repy run --log FOLDER`: the program's output in a bounded ring on disk, and the outcome beside it."""

import fcntl
import os
import time
from contextlib import suppress

from seattle.repy.cli.conversation import LOST_KIND, Audience, Ended
from seattle.repy.cli.options import UsageError
from seattle.repy.outcome import Outcome, OutcomeKind
from seattle.repy.outcome_file import clear_outcome, read_outcome, write_outcome

_ATTEMPTS, _PAUSE = 10, 0.01  # seconds; `is_in_use` holds the lock, too, for a moment


class LogFolder(Audience):
    """The folder, ours for as long as the run goes on. `fd` travels to the monitor, and the lock with it."""

    def __init__(self, path: str, *, apart_from: str) -> None:
        """Raises UsageError if it may not be used, OSError if it is no folder and none can be made.

        `apart_from` is the folder with the program's files, which it could write to.
        """
        os.makedirs(path, 0o700, exist_ok=True)  # noqa: PTH103
        self.fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        if os.path.samestat(os.fstat(self.fd), os.stat(apart_from)):  # noqa: PTH116
            raise UsageError(f"the log can't be in the program's own folder {path!r}; name another, such as ./log")
        if not self._lock():
            raise UsageError(f"another run writes its log to {path!r}; name another folder")
        clear_outcome(self.fd)  # from here on, an outcome on disk is this run's

    def _lock(self) -> bool:
        for _ in range(_ATTEMPTS):
            try:
                fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(_PAUSE)
            else:
                return True
        return False

    def ended(self, how: Ended) -> None:
        """Record for a monitor that was killed what it could not, unless it just could."""
        if how.kind == LOST_KIND:
            with suppress(OSError, ValueError):  # a full disk, or half a record: whoever started us hears of it anyway
                if read_outcome(self.fd) is None:
                    write_outcome(self.fd, Outcome(OutcomeKind(how.kind), how.detail))


def is_in_use(folder: int) -> bool:
    """Whether a run writes its log there. A descriptor of a folder opened anew, not one that the run has."""
    try:
        fcntl.flock(folder, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(folder, fcntl.LOCK_UN)
    return False
