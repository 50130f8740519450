"""Where log events go in programs that talk to people: stderr, as lines, since stdout is for data.

Events tell what strangers said, too: brokers, nodes, whoever calls. For people, nothing of that steers a terminal or
looks like a line of its own; as JSON it can't.
"""

import io
import logging
import sys
import textwrap
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import structlog
from structlog.typing import ExcInfo

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
            harmless,
            lines_for_people(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def harmless(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    r"""Show what does not print in texts as `\x1b`; a traceback is for `lines_for_people`."""
    return {name: _visible(value) if isinstance(value, str) else value for name, value in event.items()}


def lines_for_people(*, colors: bool) -> structlog.dev.ConsoleRenderer:
    """What makes lines of events that are `harmless`."""
    return structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=_write_traceback)


def _write_traceback(out: TextIO, failure: ExcInfo) -> None:
    """A plain one: the richer kinds, which structlog prefers, show local variables, and those may be keys."""
    plain = io.StringIO()
    structlog.dev.plain_traceback(plain, failure)
    lines = plain.getvalue().split("\n")
    # Indented, since an error's words may have line ends and would look like other events.
    out.write(textwrap.indent("\n".join(map(_visible, lines)), "  "))


def _visible(text: str) -> str:
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
