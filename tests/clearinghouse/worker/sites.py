"""The site, served in this process."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import uvicorn

from seattle.clearinghouse.asgi import application


class _Server(uvicorn.Server):
    """One that leaves signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def site(settings: Any, **changes: Any) -> AsyncIterator[str]:
    """The site with these settings; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings.SITE = msgspec.structs.replace(settings.SITE, url=url, **changes)
        server = _Server(uvicorn.Config(application, lifespan="off", log_config=None, proxy_headers=False))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield url
        finally:
            server.should_exit = True
            await serving
