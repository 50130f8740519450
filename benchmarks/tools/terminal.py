"""A program on a terminal of its own, as a person has it: typed at, and read."""

import fcntl
import os
import pty
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from select import select
from types import TracebackType
from typing import Self

PATIENCE = 60.0  # seconds for what should be there at once
ROWS, COLUMNS = 50, 200
_CHUNK = 65536
# What a terminal answers when it is asked where its cursor is: without an answer, a program would wait for it.
_WHERE, _HERE = b"\x1b[6n", b"\x1b[1;1R"


class Terminal:
    """It begins with the block, and the program ends with it."""

    def __init__(self, words: Sequence[str | os.PathLike[str]], env: Mapping[str, str]) -> None:
        self.began = time.perf_counter()
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        try:
            self._process = subprocess.Popen(
                words,
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                env={**os.environ, "TERM": "xterm-256color", **env},
                start_new_session=True,
            )
        finally:
            os.close(theirs)
        self._seen = b""

    def press(self, text: str) -> None:
        """These keys."""
        os.write(self._ours, text.encode())

    def wait_for(self, text: str, *, times: int = 1) -> float:
        """The moment (of `perf_counter`) at which a text has come so often since the last that was waited for."""
        deadline = time.perf_counter() + PATIENCE
        wanted = text.encode()
        while self._seen.count(wanted) < times:
            if not select([self._ours], [], [], max(0.0, deadline - time.perf_counter()))[0]:
                raise TimeoutError(f"{text!r} did not come; what did: {self._seen[-2000:]!r}")
            came = os.read(self._ours, _CHUNK)
            if _WHERE in came:
                os.write(self._ours, _HERE)
            self._seen += came
        now = time.perf_counter()
        self._seen = self._seen.rpartition(wanted)[2]
        return now

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._ours)
