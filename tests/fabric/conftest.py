import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest

from seattle.fabric.authority import Authority, Role
from seattle.fabric.connection import Backoff, NatsFabric
from seattle.fabric.enrolment import enrol
from seattle.fabric.server import EmbeddedServer
from seattle.identity.keys import KeyPair

Join = Callable[..., Awaitable[NatsFabric]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def authority() -> Authority:
    return Authority.generate()


@pytest.fixture
async def server(authority: Authority) -> AsyncIterator[EmbeddedServer]:
    async with EmbeddedServer(authority) as running:
        yield running


@dataclass
class Enroller:
    """Hands out credentials for one key, and counts them."""

    authority: Authority
    key: KeyPair
    role: Role
    lifetime: timedelta = timedelta(minutes=5)
    fetched: int = 0

    async def __call__(self) -> str:
        self.fetched += 1
        return enrol(self.authority, self.key.public, role=self.role, now=time.time(), lifetime=self.lifetime)


@pytest.fixture
async def join(authority: Authority, server: EmbeddedServer) -> AsyncIterator[Join]:
    """Connect a principal: `await join(Role.NODE)`. All are disconnected at the end."""
    async with AsyncExitStack() as stack:

        async def joined(role: Role, key: KeyPair | None = None, **options: object) -> NatsFabric:
            key = key or KeyPair.generate()
            fetch = options.pop("fetch", None) or Enroller(authority, key, role)
            fabric = NatsFabric(
                [str(options.pop("url", server.url))],
                key,
                fetch,  # type: ignore[arg-type]  # tests pass what fits
                backoff=Backoff(first=0.02, longest=0.1),
                grace=0.5,
                rng=random.Random(1),
                **options,  # type: ignore[arg-type]  # as above
            )
            return await stack.enter_async_context(fabric)

        yield joined
