"""A shell on a testbed of real nodes: three, with two vessels each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from tests.client.conftest import World
from tests.shell.vessels.shell_at import ShellAt, newcomer

from seattle.testbed import LocalTestbed, Size


@pytest.fixture(scope="package")
def portal() -> Iterator[BlockingPortal]:
    """The event loop of testbed and shells, in a thread of its own."""
    with start_blocking_portal("asyncio") as portal:
        yield portal


@pytest.fixture(scope="package")
def local(portal: BlockingPortal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalTestbed]:
    """The testbed; all vessels are its user's own."""
    testbed = LocalTestbed(tmp_path_factory.mktemp("local") / "testbed", Size(nodes=3, vessels=2))
    with portal.wrap_async_context_manager(testbed):
        yield testbed


@pytest.fixture
def fresh(portal: BlockingPortal, local: LocalTestbed, tmp_path: Path) -> Iterator[ShellAt]:
    """A shell that has just been started, in which nothing is chosen but the identity `alice`."""
    with ShellAt(portal, local.profile, name="alice", folder=tmp_path) as shell:
        shell.do("as alice")
        yield shell


@pytest.fixture
def shell(fresh: ShellAt) -> ShellAt:
    """A shell that knows all six vessels, which are as good as new, and has chosen them."""
    fresh.do("browse")
    fresh.do("on %all")
    fresh.do("reset")
    fresh.do("update")
    return fresh


@pytest.fixture
def bob(portal: BlockingPortal, local: LocalTestbed, tmp_path: Path) -> Iterator[ShellAt]:
    """The shell of somebody to whom no vessel belongs."""
    with newcomer(portal, local, name="bob", folder=tmp_path) as shell:
        shell.do("as bob")
        yield shell


@pytest.fixture(scope="package")
def world(portal: BlockingPortal) -> Iterator[World]:
    """A testbed whose nodes do as a test wants."""
    world = World(portal)
    try:
        portal.call(world.start)
        yield world
    finally:
        portal.call(world.stop)


@pytest.fixture
def node_ids(local: LocalTestbed) -> list[str]:
    """The nodes' ids."""
    return [node.id for node in local.nodes]
