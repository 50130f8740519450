"""Two testbeds: one whose nodes can be made to fail, and a real one with a site that hands out vessels."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from tests.cli.commands import Command, Interruptible, runner, starter
from tests.client.conftest import alice, anyio_backend, profile, world

from seattle.client.profile import Profile
from seattle.testbed import LocalTestbed, Size

__all__ = ["alice", "anyio_backend", "profile", "world"]


@pytest.fixture
def command(tmp_path: Path, profile: Profile) -> Command:
    return runner(tmp_path, profile.folder)


@pytest.fixture
def interruptible(tmp_path: Path, profile: Profile) -> Interruptible:
    return starter(tmp_path, profile.folder)


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    path = tmp_path / "hello.py"
    path.write_text("say hello {0} from {name}\nexit 0")
    return path


@pytest.fixture(scope="session")
def site_profile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The profile of a testbed of real nodes, with a site from which there are five vessels to be had."""
    folder = tmp_path_factory.mktemp("cli") / "testbed"
    with (
        start_blocking_portal("asyncio") as portal,
        portal.wrap_async_context_manager(LocalTestbed(folder, Size(nodes=5, vessels=1), clearinghouse=True)) as local,
    ):
        yield local.profile.folder


@pytest.fixture
def real(tmp_path: Path, site_profile: Path) -> Iterator[Command]:
    """Commands on real nodes; what a test holds in the end, it gives back."""
    run = runner(tmp_path, site_profile)
    yield run
    run("release", "--all")


@pytest.fixture
def real_interruptible(tmp_path: Path, site_profile: Path) -> Interruptible:
    return starter(tmp_path, site_profile)
