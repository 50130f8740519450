"""Attacks, run from the command line as anybody would run them."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from seattle.repy.language.check import check
from seattle.repy.language.violations import CodeUnsafe

PROGRAMS = Path(__file__).parent / "programs"
SECRET = "the donor's secret\n"
LIMITS = """
resource cpu 1
resource memory 100000000
resource diskused 1000000
resource events 20
resource filesopened 5
resource insockets 5
resource outsockets 5
resource fileread 10000000
resource filewrite 10000000
resource netsend 10000000
resource netrecv 10000000
resource loopsend 10000000
resource looprecv 10000000
resource lograte 10000000
resource random 1024
resource messport 63100
resource connport 63100
"""


class Ended(NamedTuple):
    """How an attack ended."""

    code: int
    output: str
    errors: str


@pytest.fixture(scope="session")
def names() -> list[str]:
    """All attacks."""
    return [path.stem for path in PROGRAMS.glob("*.py")]


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """One in which `repy` has a nursery of its own, which ends with the session."""
    folder = tmp_path_factory.mktemp("runtime")
    yield {**os.environ, "XDG_RUNTIME_DIR": str(folder)}
    rows = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    sockets = {f"socket:[{row[6]}]" for row in rows if len(row) == 8 and row[7].startswith(f"{folder}/")}
    for process in Path("/proc").glob("[1-9]*"):
        with suppress(OSError):  # it ends meanwhile, or is not ours to look at
            if any(str(fd.readlink()) in sockets for fd in (process / "fd").iterdir()):
                os.kill(int(process.name), signal.SIGTERM)


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Path]:
    """A file of the donor's beside the vessel. Whatever the test does, it has to stay as it is, and where it is."""
    path = tmp_path / "canary"
    path.write_text(SECRET)
    path.chmod(0o666)  # only the walls protect it
    before = path.stat()
    yield path
    after = path.stat()
    assert path.read_text() == SECRET
    assert (after.st_ino, after.st_mode, after.st_mtime_ns) == (before.st_ino, before.st_mode, before.st_mtime_ns)


@pytest.fixture
def attack(canary: Path, tmp_path: Path, environment: dict[str, str]) -> Callable[..., Ended]:
    """Run an attack by its name: it is told where the canary is, and its vessel holds a link to that."""
    vessel = tmp_path / "vessel"
    vessel.mkdir()
    (vessel / "link").symlink_to(canary)

    def attack(name: str, *, walls: str) -> Ended:
        ended = run(name, canary, walls=walls, vessel=vessel, environment=environment)
        assert SECRET.strip() not in ended.output + ended.errors
        assert "LEAKED" not in ended.output + ended.errors, ended.output + ended.errors
        return ended

    return attack


@pytest.fixture(scope="session")
def techniques(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Ended:
    """What became of the one program that tries them all, behind the kernel wall alone."""
    vessel = tmp_path_factory.mktemp("techniques")
    return run("native_techniques", walls="kernel", vessel=vessel, environment=environment)


def run(name: str, *words: object, walls: str, vessel: Path, environment: dict[str, str]) -> Ended:
    restrictions = vessel.with_name(f"{vessel.name}.restrictions")
    restrictions.write_text(LIMITS)
    options = ["--restrictions", restrictions, "--cwd", vessel, "--walls", walls]
    done = subprocess.run(
        [
            *(sys.executable, "-c", "import sys; from seattle.repy.cli import main; sys.exit(main())"),
            *map(str, [*options, PROGRAMS / f"{name}.py", *words]),
        ],
        env=environment,
        cwd=vessel.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def refuse_as_text(run_behind_language_wall: Callable[..., Any]) -> Callable[[str], None]:
    """Assert that the checker refuses a program before a line of it runs."""

    def refuse_as_text(source: str) -> None:
        assert check(source, "attack.py")
        with pytest.raises(CodeUnsafe):
            run_behind_language_wall(source)

    return refuse_as_text


@pytest.fixture
def win_nothing(run_behind_language_wall: Callable[..., Any]) -> Callable[[str], None]:
    """Assert that a program with only the language wall around it ends in an ordinary error, and not in `win(loot)`."""

    def win_nothing(source: str) -> None:
        loot: list[object] = []

        def win(*values: object) -> None:
            loot.extend(values or (None,))

        with pytest.raises(_ORDINARY) as caught:  # noqa: PT012 - the second statement is for those that end quietly
            run_behind_language_wall(source, win=win)
            raise _EndedQuietlyError
        assert not loot, "the program got its loot"
        assert not isinstance(caught.value, NameError) or "win" not in str(caught.value)

    return win_nothing


class _EndedQuietlyError(Exception):
    pass


_ORDINARY = (
    *(_EndedQuietlyError, AttributeError, TypeError, ImportError, ValueError, ArithmeticError, NameError),
    *(LookupError, RuntimeError, CodeUnsafe),
)
