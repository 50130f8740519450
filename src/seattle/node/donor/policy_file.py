"""The policy's file as it changes under a running node."""

from pathlib import Path

import structlog

from seattle.node.donor.policy import Policy, load_policy
from seattle.node.errors import BadSettings

log = structlog.get_logger()


class PolicyFile:
    """Reads the file when it has changed. What it said last counts until it can be read again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.policy = Policy()
        self.wrong = ""  # what is wrong with the file; empty if nothing is
        self._seen: tuple[int, int] | None = None  # (time of change, size) when it was read

    def read(self) -> Policy:
        """The policy of now. Blocks for a moment; look at `wrong` afterwards."""
        seen = self._look()
        if seen is None and self._seen is not None:  # as while some editors save: what it said is not void
            self._blame(f"{self.path} is gone; an empty file lets programs always run")
        elif seen != self._seen or self.wrong:
            try:
                self.policy = load_policy(self.path)
            except BadSettings as why:
                self._blame(str(why))
            else:
                self._seen, self.wrong = seen, ""
        return self.policy

    def _look(self) -> tuple[int, int] | None:
        try:
            stat = self.path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size

    def _blame(self, wrong: str) -> None:
        if wrong != self.wrong:
            log.warning("policy_wrong", error=wrong)
        self.wrong = wrong
