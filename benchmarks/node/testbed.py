"""A testbed of real nodes on this machine, and its user."""

import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from seattle.fabric.authority import Authority, Role
from seattle.fabric.connection import NatsFabric
from seattle.fabric.enrolment import enrol
from seattle.fabric.operations import Ask
from seattle.fabric.rpc import NodeClient
from seattle.identity.keys import KeyPair, PublicKey
from seattle.testbed import LocalTestbed, Size


@dataclass(frozen=True)
class Bed:
    """What runs, and the user's connection to it."""

    local: LocalTestbed
    client: NodeClient

    @property
    def authority(self) -> Path:
        """The folder with its keys."""
        return self.local.folder / "authority"

    @property
    def url(self) -> str:
        """Where its broker is."""
        return self.local.profile.urls[0]

    def asking(self, node: int) -> Ask:
        """Ask one node."""
        return self.client.asking(PublicKey.from_id(self.local.nodes[node].id))


@asynccontextmanager
async def testbed(*, nodes: int, vessels: int) -> AsyncIterator[Bed]:
    """So many nodes with so many vessels each, for as long as the block lasts."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory() as name:
        size = Size(nodes=nodes, vessels=vessels)
        async with LocalTestbed(Path(name), size) as local, connected(local, local.user) as client:
            yield Bed(local, client)


@asynccontextmanager
async def connected(local: LocalTestbed, key: KeyPair) -> AsyncIterator[NodeClient]:
    """A connection to a testbed in the name of this key."""
    authority = Authority.load(local.folder / "authority")

    async def fetch() -> str:
        return enrol(authority, key.public, role=Role.USER, now=time.time())

    async with NatsFabric(local.profile.urls, key, fetch) as fabric:
        yield NodeClient(fabric, key)
