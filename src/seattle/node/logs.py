"""Where the daemon's log events go: stderr, as lines for people on a terminal and as JSON elsewhere."""

import sys
from contextlib import suppress
from typing import TextIO

import structlog
from structlog.typing import Processor

from seattle.fabric.events import harmless, lines_for_people


class _Surviving:
    """A stream whose reader may go away: then what is written is lost, and the daemon goes on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


def log_to_stderr() -> None:
    """Configure structlog, for a process that is nothing but a daemon."""
    ending: list[Processor] = (
        [harmless, lines_for_people(colors=True)]
        if sys.stderr.isatty()
        # Plain tracebacks: the richer kinds show local variables, and those may be keys.
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *ending,
        ],
        logger_factory=structlog.PrintLoggerFactory(_Surviving(sys.stderr)),  # type: ignore[arg-type]  # it writes, flushes
    )
