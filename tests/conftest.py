"""What every test starts from: nothing that an earlier one has set up for the whole process.

With `--no-skips` a test of the walls that this machine can't run has failed, but for the reasons below: a machine that
loses Landlock, say, must not go on to say that all is well.
"""

import abc
import os
import re
import signal
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import structlog

from seattle.repy.guest.imports import Importer
from seattle.repy.guest.world import bare_builtins
from seattle.repy.language.builtins import safe_builtins
from seattle.repy.language.compiler import compile_program
from seattle.repy.language.guards import forbid_registering
from seattle.repy.language.modules import preload

TESTS = Path(__file__).parent
OF_THE_WALLS = (TESTS / "walls", TESTS / "escapes")
NO_LOSS = {  # what a reason begins with, and why such a machine is good enough
    r"cgroup v2 has no|no cgroup v2 hierarchy|no write access to": "the monitor holds the same limits without",
    r"the tests run without root|only root can": "the same is tested for the account that there is",
    r"(x32|int 0x80) is a way of x86-64|a way into the kernel of x86-64": "there is no such way on other machines",
    r"before Python 3.12": "there is no such syntax before",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a test of the walls that is skipped has failed")


def pytest_configure() -> None:
    """Commands that tests start can be interrupted, also where the tests themselves run in a shell's background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long first: whoever got the last of several would work alone while the others are done."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)  # all else in its order


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if not item.config.getoption("--no-skips") or not any(item.path.is_relative_to(folder) for folder in OF_THE_WALLS):
        return report
    match report.longrepr:
        case (_, _, str(text)) if report.skipped:
            reason = text.removeprefix("Skipped: ")
            if not any(re.match(harmless, reason) for harmless in NO_LOSS):
                report.outcome, report.longrepr = "failed", f"skipped, which is no option here: {reason}"
    return report


@pytest.fixture(autouse=True)
def _log_events_as_delivered() -> Iterator[None]:
    """Commands and the SDK configure logging for their process, which here is everybody's."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


@pytest.fixture
def run_behind_language_wall(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Run a program in this process, with nothing but the language wall around it; what it printed, line by line."""
    preload()
    monkeypatch.setattr(abc.ABCMeta, "register", abc.ABCMeta.register)  # put back when the test is over
    forbid_registering()

    def run(source: str, **extra: Any) -> list[str]:
        printed: list[str] = []

        def show(*values: object) -> None:
            printed.append(" ".join(map(str, values)))

        calls = {"print": show, **extra}
        builtins = safe_builtins(
            {**calls, "__import__": Importer(calls=calls, new_builtins=bare_builtins).import_module}
        )
        exec(compile_program(source, "program.py"), {"__builtins__": builtins, "__name__": "__main__"})
        return printed

    return run


@pytest.fixture
def delegated_cgroup() -> Iterator[Path]:
    """A cgroup v2 folder that this test may divide, marked as a system's manager marks what it delegates.

    It has those controllers that this machine has left for version 2, often none.
    """
    rows = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    mounts = [Path(row[1]) for row in rows if row[2] == "cgroup2"]
    if not mounts:
        pytest.skip("no cgroup v2 hierarchy is mounted")
    folder = mounts[0] / f"seattle-test-{os.getpid()}"
    try:
        folder.mkdir()
        os.setxattr(folder, "trusted.delegate", b"1")
    except OSError as why:
        with suppress(OSError):
            folder.rmdir()
        pytest.skip(f"only root can make a cgroup v2 folder, and not in every container: {why.strerror}")
    yield folder
    with suppress(OSError):
        (folder / "cgroup.kill").write_text("1")
    deadline = time.monotonic() + 10
    while folder.exists():
        for path in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
            with suppress(OSError):  # what was killed is busy for a moment
                path.rmdir()
        with suppress(OSError):
            folder.rmdir()
        assert time.monotonic() < deadline
