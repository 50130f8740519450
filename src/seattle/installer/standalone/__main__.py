"""What `supervisor.pyz` does: supervise, or one of the things that a supervisor has done in a process of its own."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from .bounds import Bounds
from .errors import InstallerError
from .guarding import lock
from .supervisor import Supervisor
from .versions import PRIVATE, Home

USAGE: Final = (
    "usage: supervisor.pyz --home DIR [--bounds JSON]"
    " [mend | look | keep-records | put-records-back | pack VERSION FILE]"
)


def main(words: Sequence[str] | None = None) -> int:
    """Do it; the exit code."""
    options, rest = _options(list(sys.argv[1:] if words is None else words))
    if "--home" not in options:
        print(USAGE, file=sys.stderr)
        return 2
    home = Home(Path(options["--home"]).absolute())
    os.umask(PRIVATE)
    try:
        bounds = Bounds.read(options.get("--bounds", "{}"))
        match rest:
            case []:
                return _supervise(home, bounds, options.get("--taking-over"))
            case ["look"]:  # whether all of this can be imported, and reads this home
                home.recover()
                return 0 if home.current() else 1
            case ["mend"]:
                from .mending import mend  # noqa: PLC0415 - it takes memory, which a supervisor keeps

                print(f"version {home.current()} runs on {mend(home)}")
                return 0
            case ["keep-records"]:
                from .mending import keep_records  # noqa: PLC0415 - as above

                keep_records(home)
                return 0
            case ["put-records-back"]:
                from .mending import put_records_back  # noqa: PLC0415 - as above

                print(f"databases as they were before: {', '.join(put_records_back(home)) or 'none had changed'}")
                return 0
            case ["pack", version, file]:
                from .mending import pack_version  # noqa: PLC0415 - as above

                pack_version(home, version, Path(file))
                return 0
            case ["do", *verb]:
                from .commands import main as do  # noqa: PLC0415 - as above

                return do(home, verb)
            case _:
                print(USAGE, file=sys.stderr)
                return 2
    except (InstallerError, OSError) as why:
        print(f"error: {why}", file=sys.stderr)
        return 1


def _supervise(home: Home, bounds: Bounds, taking_over: str | None) -> int:
    state = json.loads(taking_over) if taking_over else None
    fd = lock(home, within=bounds.lock_within) if state is None else int(state["lock"])
    if fd < 0:
        print(f"error: another supervisor runs in {home.folder}", file=sys.stderr)
        return 1
    supervisor = Supervisor(home, bounds, fd)
    if state is not None:
        for kept in (fd, int(state["guardian"])):  # they had to get here, and are for no process of ours
            os.set_inheritable(kept, False)  # noqa: FBT003 - the standard library's signature
        supervisor.take_over(int(state["daemon"]), int(state["guardian"]))
    supervisor.run()
    return 0


def _options(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """Options, each with its value, and what is left."""
    options: dict[str, str] = {}
    while len(words) > 1 and words[0].startswith("--"):
        options[words[0]] = words[1]
        words = words[2:]
    return options, words


if __name__ == "__main__":
    sys.exit(main())
