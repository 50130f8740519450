"""Serving the page on loopback, in a process of its own."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

import uvicorn

from seattle.node.errors import NodeError
from seattle.node.page.app import make_app
from seattle.node.page.connections import GivingWay
from seattle.node.page.token import page_token

HOST: Final = "127.0.0.1"
CONNECTIONS: Final = 64  # at once


class PortTaken(NodeError):  # noqa: N818 - named for what went wrong, as its family is
    """Something else listens on the page's port."""

    code = "port-taken"
    hint = "choose another: --port, or page_port in the settings"


def serve_page(folder: Path, *, port: int, metrics: bool, ready: Callable[[str], None]) -> None:
    """Serve the page of the node in `folder` until SIGINT or SIGTERM. `ready` is told its address.

    `port`: 0 for any that is free. Raises PortTaken, FolderUnusable.
    """
    token = page_token(folder)
    with _listen(port) as listener:
        port = listener.getsockname()[1]
        hosts = [f"{name}:{port}" for name in (HOST, "localhost")]
        app = make_app(folder, token=token, hosts=hosts, metrics=metrics)
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                http=GivingWay,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,  # addresses of the page are secrets
                server_header=False,
                proxy_headers=False,
                limit_concurrency=CONNECTIONS,
                h11_max_incomplete_event_size=16 * 1024,
                timeout_keep_alive=5,
                timeout_graceful_shutdown=2,
            )
        )
        ready(f"http://{HOST}:{port}/{token}/")
        asyncio.run(server.serve(sockets=[listener]))


def _listen(port: int) -> socket.socket:
    try:
        listener = socket.create_server((HOST, port))
    except OSError as why:
        raise PortTaken(f"port {port} of {HOST} can't be had: {why.strerror}") from why
    # Connections inherit it. An answer is two writes, of which the second would wait 40 ms for the first's receipt.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
