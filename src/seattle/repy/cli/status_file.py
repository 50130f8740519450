"""`repy run --status FILE`: one JSON file that always says how far a run is.

    {"state": "running", "pid": 4710, "guest_pid": 4711, "started_at": 1700000000.0,
     "ended_at": null, "outcome": null, "refusal": null}

`state` is starting, running, ended or refused, which says why in `refusal`; `outcome` has kind, detail, exit_code and
traffic. The file is replaced as a whole, so a reader never meets half of one. Where it says that the run goes on and no
process `pid` exists, that was killed, and the program with it.
"""

import json
import os
import time
from contextlib import suppress

from seattle.repy.cli.conversation import Audience, Ended


class StatusFile(Audience):
    """Keeps the file. A disk that takes it no more does not end the run."""

    def __init__(self, path: str) -> None:
        """Raises OSError if the file can't be written."""
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
        self._replace()

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
        with suppress(OSError):
            self._replace()

    def _replace(self) -> None:
        new = f"{self._path}.{os.getpid()}.new"
        with open(new, "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write(json.dumps(self._facts) + "\n")
        os.replace(new, self._path)  # noqa: PTH105
