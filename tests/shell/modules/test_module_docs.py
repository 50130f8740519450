"""The module that `docs/seash-modules.md` makes, installed as it says and used as it says."""

import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.shell.modules.shells import Shell

from seattle.shell.errors import Unfit
from seattle.testbed import LocalTestbed, Size

pytestmark = pytest.mark.anyio

PAGE = Path(__file__).parents[3] / "docs" / "seash-modules.md"
FILES = re.compile(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INSTALL = ("-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation")


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the package of the page is installed."""
    source = tmp_path_factory.mktemp("stopwatch")
    for name, content in FILES.findall(PAGE.read_text()):
        (source / name).write_text(content)
    assert {file.name for file in source.iterdir()} == {"pyproject.toml", "seash_stopwatch.py"}
    packages = tmp_path_factory.mktemp("packages")
    subprocess.run([sys.executable, *INSTALL, "--target", str(packages), str(source)], check=True, timeout=60)
    return packages


@pytest.fixture
async def stopwatch(packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shell]:
    """A shell with the module, and two vessels."""
    monkeypatch.syspath_prepend(packages)
    async with LocalTestbed(tmp_path / "testbed", Size(nodes=1, vessels=2)) as testbed:
        shell = Shell.of(testbed.profile, tmp_path)
        await shell.session.modules.start(shell.session)
        await shell.do("as profile")
        await shell.find(2)
        yield shell
        await shell.session.close()


async def test_given_the_example_when_it_is_installed_then_it_does_what_the_page_says(stopwatch: Shell) -> None:
    assert "stopwatch: Tells how long commands take.\n" in await stopwatch.do("modulehelp stopwatch")
    with pytest.raises(Unfit, match="nothing was timed"):
        await stopwatch.do("show times")
    told = await stopwatch.do("! on %all show filecount")
    assert re.fullmatch(r"%1\(U\w+/v1\): 0\n%2\(U\w+/v2\): 0\n", told)
    assert "Parsed as: time  on %all show filecount" in stopwatch.said
    assert re.search(r"It took \d+\.\d\d s\.", stopwatch.said)
    assert re.fullmatch(r"\d+\.\d\d s\n", await stopwatch.do("show times"))
    assert stopwatch.session.extensions["stopwatch"].complete(stopwatch.session, ["!"], "l") == ["list", "stop"]


async def test_given_the_example_when_modules_are_listed_then_its_package_is_named(stopwatch: Shell) -> None:
    await stopwatch.do("disable stopwatch")
    (row,) = (line for line in (await stopwatch.do("show modules")).splitlines() if line.startswith("stopwatch"))
    assert "Tells how long commands of seash take" in row
    assert row.split()[-1] == "seash-stopwatch"
