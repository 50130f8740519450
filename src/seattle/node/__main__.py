"""`python -m seattle.node --settings FILE`, which `seattle node run` turns into: see `command.py`.

A daemon carries what it imports for life. So its options are read by argparse, since Typer takes 8 MB, and two
packages do not exist for it that others would take along where they are installed: rich, another 4 MB, with which
structlog draws tracebacks, and aiohttp, 10 MB, over which nats-py speaks with brokers behind web sockets. Ours are
behind none.
"""

import sys

for unwanted in ("rich", "aiohttp"):
    sys.modules[unwanted] = None  # type: ignore[assignment]  # so that importing it fails

from seattle.node.command import run  # noqa: E402 - as above
from seattle.node.daemon_options import parser  # noqa: E402 - as above


def main() -> int:
    """Be a node; the exit code."""
    given = parser().parse_args()
    return run(
        given.settings, check=given.check, exit_with_parent_fd=given.exit_with_parent_fd, ready_fd=given.ready_fd
    )


if __name__ == "__main__":
    sys.exit(main())
