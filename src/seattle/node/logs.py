"""Where the daemon's log events go: stderr, as lines for people on a terminal and as JSON elsewhere."""

import sys
from contextlib import suppress
from typing import TextIO

import structlog


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
    terminal = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Plain tracebacks: the richer kinds show local variables, and those may be keys.
            structlog.processors.format_exc_info,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(_Surviving(sys.stderr)),  # type: ignore[arg-type]  # it writes, flushes
    )
