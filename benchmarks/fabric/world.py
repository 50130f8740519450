"""A broker and a directory on this machine, and principals that are connected to it."""

import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from benchmarks.fabric.simulator import allow_many_files
from seattle.fabric.authority import Authority, Role
from seattle.fabric.connection import NatsFabric
from seattle.fabric.directory import Directory
from seattle.fabric.embedded_directory import embedded_directory
from seattle.fabric.enrolment import enrol
from seattle.fabric.server import EmbeddedServer
from seattle.identity.keys import KeyPair

PATIENCE = 120.0  # seconds that one connect may take, on a machine that is busy with thousands


@dataclass(frozen=True)
class World:
    """What all share."""

    folder: Path  # of the authority
    authority: Authority
    server: EmbeddedServer
    directory: Directory

    @asynccontextmanager
    async def connected(self, key: KeyPair, role: Role = Role.USER) -> AsyncIterator[NatsFabric]:
        """A principal of this process."""

        async def fetch() -> str:
            return enrol(self.authority, key.public, role=role, now=time.time())

        async with NatsFabric([self.server.url], key, fetch, patience=PATIENCE) as fabric:
            yield fabric

    async def wait_for_nodes(self, count: int) -> None:
        """Return when the directory knows so many."""
        while len(self.directory.book) < count:
            self.directory.news.clear()
            await self.directory.news.wait()


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """A fabric of our own, for as long as the block lasts."""
    allow_many_files()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        authority = Authority.create(folder)
        async with EmbeddedServer(authority) as server, embedded_directory(authority, server.url) as directory:
            yield World(folder, authority, server, directory)
