"""Where log events go in programs that talk to people: stderr, as lines, since stdout is for data."""

import logging
import sys
from typing import Final

import structlog

EVERYTHING: Final = logging.NOTSET


def show_events(*, least: int = EVERYTHING) -> None:
    """Configure structlog; events below the level `least` (of `logging`) are left out."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.StackInfoRenderer(),
            structlog.dev.set_exc_info,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
            # Plain tracebacks: the richer kinds, which structlog prefers, show local variables, and those may be keys.
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
