"""Testbeds of real nodes, for tests of the client."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anyio.from_thread import start_blocking_portal

from seattle.client import Testbed, VesselGroup
from seattle.testbed import LocalTestbed, Size

BOUND = 60  # seconds; far more than anything takes


@contextmanager
def two_nodes(folder: Path, *, vessels: int) -> Iterator[Path]:
    """The profile of a testbed of two nodes with so many vessels each, in a thread of its own."""
    with start_blocking_portal("asyncio") as portal:
        local = LocalTestbed(folder, Size(nodes=2, vessels=vessels))
        with portal.wrap_async_context_manager(local):
            yield local.profile.folder


def browse_all(testbed: Testbed, count: int) -> VesselGroup:
    """All vessels, once there are as many: a node serves before the directory has heard of it."""
    deadline = time.monotonic() + BOUND
    while len(vessels := testbed.browse()) < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return vessels


@contextmanager
def with_a_site(folder: Path) -> Iterator[LocalTestbed]:
    """A testbed of three nodes with two vessels each, which its user gets from a site; in a thread of its own."""
    with start_blocking_portal("asyncio") as portal:
        local = LocalTestbed(folder, Size(nodes=3, vessels=2), clearinghouse=True)
        with portal.wrap_async_context_manager(local):
            yield local
