"""`seattle node page` as a process, for tests."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COMMAND = [sys.executable, "-c", "from seattle.cli import main; raise SystemExit(main())", "node", "page"]
PATIENCE = 20.0  # seconds


@contextmanager
def serving(settings: Path) -> Iterator[str]:
    """The address of the page, which is served meanwhile."""
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"SEATTLE_NODE_SETTINGS": str(settings)},
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["address"]
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
