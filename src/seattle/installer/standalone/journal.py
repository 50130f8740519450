"""The log of a home: lines of JSON, as the daemon's are, in a file that does not grow for ever."""

import contextlib
import json
import os
import time
from pathlib import Path
from typing import Final

MOST: Final = 4 * 2**20  # bytes; then it begins anew, and what was there is `log.1`


class Log:
    """The file, open for ourselves and for processes of ours, all of which append to it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def say(self, event: str, **fields: object) -> None:
        """Write an event down; a disk that takes nothing is no reason to end."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = json.dumps({"event": event, **fields, "level": "info", "timestamp": stamp}, default=str)
        try:
            os.write(self.fd, line.encode() + b"\n")
        except OSError:
            return

    def trim(self) -> None:
        """Begin it anew when it has become long. Others go on to append."""
        with contextlib.suppress(OSError):
            if os.fstat(self.fd).st_size > MOST:
                # A disk that is full, of this log perhaps, has no room for another: then its end is lost.
                with contextlib.suppress(OSError):
                    self._keep_end()
                os.ftruncate(self.fd, 0)

    def _keep_end(self) -> None:
        new = self._file.with_name(f".{self._file.name}.1.new")
        new.unlink(missing_ok=True)
        try:
            with self._file.open("rb") as source, open(new, "xb", opener=_private) as target:
                source.seek(-MOST, os.SEEK_END)
                target.write(source.read(MOST))
            new.replace(self._file.with_name(f"{self._file.name}.1"))
        finally:
            new.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
