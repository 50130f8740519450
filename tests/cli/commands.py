"""The `seattle` command, as a shell runs it."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from seattle.cli import main

Command = Callable[..., "subprocess.CompletedProcess[str]"]
Interruptible = Callable[..., "subprocess.Popen[str]"]

BOUND = 60  # seconds; far more than anything here takes
MAIN = [sys.executable, "-c", "from seattle.cli import main; raise SystemExit(main())"]


def environment(home: Path, **more: str) -> dict[str, str]:
    """What a command finds in its environment: nothing of the one who runs the tests."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_CONFIG_HOME": str(home), **more}


def runner(home: Path, profile: Path) -> Command:
    """Run commands to their end, in the folder `home`, in the name of this profile, with more in their environment.

    They run in this very process: a start of Python for each would take most of the time. `starter` has processes.
    """

    def run(*words: str | Path, **more: str) -> "subprocess.CompletedProcess[str]":
        out, errors = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, environment(home, SEATTLE_PROFILE=str(profile)) | more, clear=True),
            mock.patch.object(sys, "argv", ["seattle", *map(str, words)]),
            contextlib.chdir(home),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(errors),
        ):
            code = main()
        return subprocess.CompletedProcess([*map(str, words)], code, out.getvalue(), errors.getvalue())

    return run


def starter(home: Path, profile: Path) -> Interruptible:
    """Start commands as processes, to be watched and interrupted; otherwise as `runner`."""

    def begin(*words: str | Path) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*MAIN, *map(str, words)],
            env=environment(home, SEATTLE_PROFILE=str(profile)),
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return begin
