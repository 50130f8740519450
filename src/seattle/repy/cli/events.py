r"""`repy run --json`: a run as JSON lines on stdout, for programs that use `repy` as a child process.

    {"event": "started", "guest_pid": 4711}
    {"event": "output", "text": "hello\n"}            or "base64", where it is not UTF-8
    {"event": "note", "text": "..."}                  what the sandbox has to say
    {"event": "ended", "kind": "exited", "detail": "0", "exit_code": 0, "traffic": 0}

`traffic` is in bytes. The last line is `ended`, whatever happens (unless a run was stopped whose lines nobody takes);
nothing else is written to stdout, and a run that could not even begin (exit code 2) writes nothing.
"""

import json
import os
from base64 import b64encode
from select import select

from seattle.repy import launch
from seattle.repy.cli.conversation import Audience, Ended, Output
from seattle.repy.cli.people import say

_STDOUT = 1
_CHUNK = 64 * 1024  # bytes
_SURE = 4096  # bytes that a pipe takes at once when it says that it is ready
_LONGEST_CHARACTER = 4  # bytes


class Events(Audience):
    """Writes each as soon as its reader takes it. Once nobody reads any more, `gone` says so, a reason to end the run.

    Never blocks: a reader that stands still must not keep `repy` from ending a run whose time is over.
    """

    def __init__(self) -> None:
        self._gone: str | None = None
        self._left = b""

    def gone(self) -> str | None:
        """Why nothing can be written any more, if it is so."""
        return self._gone

    def emit(self, event: dict[str, object]) -> None:
        """One line on stdout."""
        self._left += json.dumps(event).encode() + b"\n"
        self.catch_up()

    @property
    def is_behind(self) -> bool:
        """See `Audience`."""
        return bool(self._left)

    def catch_up(self) -> None:
        """See `Audience`."""
        left = memoryview(self._left)
        try:
            while left and self._gone is None and select([], [_STDOUT], [], 0)[1]:
                left = left[os.write(_STDOUT, left[:_SURE]) :]
        except BlockingIOError:  # our caller's end is one that never blocks
            pass
        except BrokenPipeError:
            self._gone = launch.NO_READER
        except OSError as why:
            self._gone = f"its output can't be written: {why.strerror}"
            say(f"repy: error: {self._gone}")
        self._left = bytes(left) if self._gone is None else b""

    def started(self, guest: int) -> None:
        """See `Audience`."""
        self.emit({"event": "started", "guest_pid": guest})

    def noted(self, text: str) -> None:
        """See `Audience`."""
        self.emit({"event": "note", "text": text})

    def ended(self, how: Ended) -> None:
        """See `Audience`."""
        self.emit({"event": "ended", **how.facts()})


class EventOutput(Output):
    """The program's output as events. A character that has come in part waits for the rest of it."""

    def __init__(self, events: Events) -> None:
        super().__init__()
        self._events = events
        self._part = b""

    def pass_on(self) -> bool:
        """See `Output`."""
        data = os.read(self.fd, _CHUNK)
        whole, self._part = _split(self._part + data) if data else (self._part, b"")
        if whole:
            self._events.emit({"event": "output", **_encoded(whole)})
        return bool(data)


def _split(data: bytes) -> tuple[bytes, bytes]:
    """What can be passed on, and the beginning of a character at its end."""
    for back in range(1, min(_LONGEST_CHARACTER, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:  # the first byte of a character of 2, 3 or 4
            whole = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return (data[:-back], data[-back:]) if back < whole else (data, b"")
        if byte < 0x80:
            break
    return data, b""


def _encoded(data: bytes) -> dict[str, object]:
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": b64encode(data).decode()}
