"""Logs of the site: lines for people on a terminal, one JSON text a line elsewhere; always on stderr.

What Django and other libraries write by `logging` comes out the same way.
"""

import logging
import sys
from typing import Final

import structlog
from structlog.types import Processor

from seattle.fabric.events import harmless, lines_for_people

_SHARED: Final[list[Processor]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

_LEVELS: Final = {
    "httpx": logging.WARNING,
    "uvicorn": logging.WARNING,
    "django.request": logging.ERROR,  # what was refused is in the log of requests
    "django.security": logging.CRITICAL,  # as above, and any stranger can cause it
}


def configure_logs() -> None:
    """Have all of this process's logs written to stderr."""
    to_people = sys.stderr.isatty()
    # Without the locals of frames, which may be secrets.
    show: list[Processor] = (
        [harmless, lines_for_people(colors=True)]
        if to_people
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[
            *_SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *show],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in ("django", "django.server"):  # Django has handlers of its own, which mail, or write for debugging
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name, level in _LEVELS.items():
        logging.getLogger(name).setLevel(level)
