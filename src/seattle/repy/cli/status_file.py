"""`repy run --status FILE`: one JSON file that always says how far a run is.

    {"state": "running", "pid": 4710, "guest_pid": 4711, "started_at": 1700000000.0,
     "ended_at": null, "outcome": null, "refusal": null}

`state` is starting, running, ended or refused, which says why in `refusal`; `outcome` has kind, detail, exit_code and
traffic. The file is replaced as a whole, so a reader never meets half of one; on a full disk it is overwritten, and a
long detail cut. Where it says that the run goes on and no process `pid` exists, that was killed, and the program with
it.
"""

import json
import os
import time
from contextlib import suppress

from seattle.repy.cli.conversation import Audience, Ended
from seattle.repy.cli.options import UsageError

_KEPT = 250  # characters at the end of a detail that has to fit into what the file has of a full disk


class StatusFile(Audience):
    """Keeps the file. A disk that takes it no more does not end the run."""

    def __init__(self, path: str) -> None:
        """Raises UsageError if the file can't be written."""
        self._path = os.path.abspath(path)  # noqa: PTH100 - as in the other modules here, no pathlib
        self._facts: dict[str, object] = {
            "state": "starting",
            "pid": os.getpid(),
            "guest_pid": None,
            "started_at": time.time(),
            "ended_at": None,
            "outcome": None,
            "refusal": None,
        }
        try:
            self._replace()
        except OSError as why:
            raise UsageError(f"the status file {path!r} can't be written: {why.strerror}") from why

    def started(self, guest: int) -> None:
        """See `Audience`."""
        self._tell(state="running", guest_pid=guest)

    def ended(self, how: Ended) -> None:
        """See `Audience`."""
        self._tell(state="ended", ended_at=time.time(), outcome=how.facts())

    def refused(self, why: str) -> None:
        """See `Audience`."""
        self._tell(state="refused", ended_at=time.time(), refusal=why)

    def _tell(self, **facts: object) -> None:
        self._facts.update(facts)
        try:
            self._replace()
        except OSError:
            with suppress(OSError):
                self._overwrite()

    def _replace(self) -> None:
        new = f"{self._path}.{os.getpid()}.new"
        try:
            with open(new, "w", encoding="utf-8") as file:  # noqa: PTH123
                file.write(json.dumps(self._facts) + "\n")
            os.replace(new, self._path)  # noqa: PTH105
        except OSError:
            with suppress(OSError):
                os.unlink(new)  # noqa: PTH108
            raise

    def _overwrite(self) -> None:
        """A full disk has no room for a second file, but as much as ever for the one that is there."""
        facts = dict(self._facts)
        if isinstance(outcome := facts["outcome"], dict):
            facts["outcome"] = {**outcome, "detail": outcome["detail"][-_KEPT:]}
        fd = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.ftruncate(fd, os.pwrite(fd, json.dumps(facts).encode() + b"\n", 0))
        finally:
            os.close(fd)
