"""A shell whose words are kept, with modules of its own choice; packages with modules of others."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.shell.modules.shells import Install, Shell

from seattle.client import Profile, write_profile
from seattle.identity.keys import KeyPair


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    """Of a testbed that is not there."""
    return write_profile(
        tmp_path / "profile", urls=["nats://127.0.0.1:9"], key=KeyPair.generate(), credential="of no use"
    )


@pytest.fixture
async def shell(profile: Profile, tmp_path: Path) -> AsyncIterator[Shell]:
    """A shell with all modules, which are enabled as at its start."""
    shell = Shell.of(profile, tmp_path)
    await shell.session.modules.start(shell.session)
    yield shell
    await shell.session.close()


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a package with one module, as pip would: `install("name", code)`. The code has a `MODULE`."""
    folder = tmp_path / "packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)

    def install(name: str, code: str, *, package: str = "", called: str = "") -> None:
        package = package or f"seash-{name}"
        python = f"brought_{secrets.token_hex(8)}"  # what was imported for an earlier test stays imported
        (folder / f"{python}.py").write_text(code)
        about = folder / f"{package.replace('-', '_')}-1.0.dist-info"
        about.mkdir(exist_ok=True)
        (about / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\nSummary: The package {package}.\n"
        )
        (about / "entry_points.txt").write_text(f"[seattle.shell.modules]\n{called or name} = {python}:MODULE\n")

    return install
