"""A directory in this process, for a fabric whose authority is at hand: the embedded broker's companion."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from seattle.fabric.authority import Authority, Role
from seattle.fabric.connection import NatsFabric
from seattle.fabric.directory import Directory
from seattle.fabric.enrolment import enrol
from seattle.identity.keys import KeyPair


@asynccontextmanager
async def embedded_directory(authority: Authority, url: str) -> AsyncIterator[Directory]:
    """Serve the directory at `url` for as long as the block lasts, with a key that is never written down."""
    key = KeyPair.generate()

    async def fetch() -> str:
        return enrol(authority, key.public, role=Role.SERVICE, now=time.time())

    async with NatsFabric([url], key, fetch, name="directory") as fabric:
        directory = Directory(fabric)
        await directory.start()
        keeping = asyncio.create_task(directory.keep(), name="keep the directory")
        try:
            yield directory
        finally:
            keeping.cancel()
            await directory.stop()
