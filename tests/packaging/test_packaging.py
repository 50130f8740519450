"""What is published: the source archive, and the wheel that is made of it and installed, work without this folder."""

import os
import site
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BOUND = 120  # seconds; far more than anything takes

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Published:
    """The two archives."""

    source: Path
    wheel: Path


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Both as they are published: the wheel is made of what is in the source archive."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=BOUND)
    assert done.returncode == 0, done.stdout + done.stderr
    (source,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return Published(source, wheel)


@dataclass(frozen=True)
class Installed:
    """An environment into which the wheel is installed."""

    bin: Path
    home: Path  # where commands run
    runtime: str  # of a nursery of its own; the name of a socket has to be short

    def run(self, *words: str) -> str:
        """What a command prints, which does well."""
        command, *rest = words
        own = {"HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home), "XDG_RUNTIME_DIR": self.runtime}
        done = subprocess.run(
            [self.bin / command, *rest],
            check=False,
            cwd=self.home,
            env={"PATH": os.environ["PATH"], **own},
            capture_output=True,
            text=True,
            timeout=BOUND,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installed(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """The wheel alone in an environment; what it needs is that of the tests."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", f"--python={python}", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, published.wheel], check=True, timeout=BOUND)
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    # Only a path, and behind its own: the tree that is installed there for editing is not found by it.
    (packages / "needed.pth").write_text("\n".join(site.getsitepackages()))
    with tempfile.TemporaryDirectory(prefix="seattle-") as runtime:
        yield Installed(folder / "venv" / "bin", folder, runtime)


def files_below(folder: Path) -> set[str]:
    """The files of a folder that are kept, by their path in it."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in found if "__pycache__" not in path.parts}


def test_given_the_wheel_when_looked_into_then_every_file_of_the_package_and_all_examples_are_there(
    published: Published,
) -> None:
    with zipfile.ZipFile(published.wheel) as wheel:
        names = set(wheel.namelist())
    assert {f"seattle/{name}" for name in files_below(ROOT / "src" / "seattle")} <= names
    assert {f"seattle/examples/{name}" for name in files_below(ROOT / "examples")} <= names
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"seattle"}


def test_given_the_source_archive_when_looked_into_then_it_has_all_that_make_and_the_tests_need(
    published: Published,
) -> None:
    with tarfile.open(published.source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"LICENSE", "README.md", "Makefile", "pyproject.toml"} <= names
    folders = ("benchmarks", "deploy", "docs", "examples", "requirements", "src", "tests")
    for folder in folders:
        here = {f"{folder}/{name}" for name in files_below(ROOT / folder)}
        assert {name for name in here if not name.startswith("benchmarks/results/")} <= names, folder


def test_given_the_wheel_installed_when_the_package_is_imported_then_it_is_that_of_the_wheel(
    installed: Installed,
) -> None:
    where = installed.run("python", "-c", "import seattle; print(seattle.__file__)")
    assert where.startswith(str(installed.home))


def test_given_the_wheel_installed_when_a_program_is_run_then_it_finds_the_library(installed: Installed) -> None:
    (installed.home / "program.py").write_text("import httpretrieve\nprint('hello', *callargs)\n")
    assert installed.run("repy", "program.py", "there") == "hello there\n"


def test_given_the_wheel_installed_when_help_is_asked_for_then_each_command_has_its_pages(
    installed: Installed,
) -> None:
    assert installed.run("seattle", "--help").startswith("Usage: seattle")
    assert installed.run("seattle", "run", "--help").startswith("Usage: seattle run")
    assert "browse" in installed.run("seash", "-c", "help")
    assert "complete" in installed.run("seattle", "completion", "bash")


def test_given_the_wheel_installed_when_a_devkit_is_written_then_the_demokit_is_in_it(installed: Installed) -> None:
    installed.run("seattle", "devkit", "kit")
    assert list((installed.home / "kit").rglob("helloworld.repy"))
