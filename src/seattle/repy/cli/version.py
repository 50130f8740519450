"""`repy version`, and `repy --version`."""

import json
import platform
from importlib.metadata import version

from seattle.repy.cli.options import Command, Option

COMMAND = Command(
    "repy version",
    "repy version [--json]",
    "Print the version.",
    (Option("--json", "", "print one JSON object: version, python, implementation"),),
)


def main(words: list[str]) -> int:
    """Print the version."""
    chosen = COMMAND.read(words)
    if chosen.words:
        raise COMMAND.wrong(f"repy version takes no {chosen.words[0]!r}")
    ours = version("seattle")
    if chosen.has("--json"):
        python, implementation = platform.python_version(), platform.python_implementation()
        print(json.dumps({"version": ours, "python": python, "implementation": implementation}))
    else:
        print(f"repy {ours}")
    return 0
