"""Serving the site: uvicorn on one socket, with bounds for what a slow or greedy client can hold."""

import asyncio
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable
from multiprocessing.connection import wait
from typing import Any, Final

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.supervisors import Multiprocess

from seattle.clearinghouse.limits import MAX_HEAD

APPLICATION: Final = "seattle.clearinghouse.asgi:application"
CONNECTIONS: Final = 3000  # at once, of one process; who waits for news of an order holds one, and little else
HEADERS_PATIENCE: Final = 5.0  # seconds for the head of a request
IDLE_PATIENCE: Final = 20  # seconds between two requests
END_PATIENCE: Final = 10  # seconds for requests to end when the server does


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that waits so long for the head of a request, and no longer; uvicorn itself would wait for ever."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A client has come."""
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Some of a request is there."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._expect_head()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        if self._late is None:  # not anew with each byte
            self._late = self.loop.call_later(HEADERS_PATIENCE, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class SiteConfig(uvicorn.Config):
    """Of this server, and of the processes that it starts."""

    def load(self) -> None:
        """Import the application; once in each process."""
        parent = multiprocessing.parent_process()
        if parent is not None:  # which may be killed: then nobody else would end us
            _when(lambda: wait([parent.sentinel]))
        super().load()


def listen(host: str, port: int) -> socket.socket:
    """The socket to serve on. Raises OSError with words."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as why:
        raise OSError(f"port {port} of {host} can't be had: {why.strerror or why}; choose another with --port") from why
    # Connections inherit it. An answer is two writes, of which the second would wait 40 ms for the first's receipt.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def serve(listener: socket.socket, *, processes: int, lifeline: int | None, ready: Callable[[], None]) -> None:
    """Serve on `listener` until SIGTERM or SIGINT; requests at work are finished first.

    `lifeline`: a descriptor whose other end's closing is a reason to end, too. `ready` is called when requests are
    taken.
    """
    config = SiteConfig(
        APPLICATION,
        workers=processes,
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,  # we write our own, without secrets
        server_header=False,
        proxy_headers=False,  # `proxies.py` does it
        limit_concurrency=CONNECTIONS,
        h11_max_incomplete_event_size=MAX_HEAD,
        timeout_keep_alive=IDLE_PATIENCE,
        timeout_graceful_shutdown=END_PATIENCE,
    )
    run = _one_process(config, listener) if processes == 1 else Multiprocess(config, sockets=[listener]).run
    if lifeline is not None:
        _when(lambda: os.read(lifeline, 1))
    ready()  # the socket listens: requests wait there until they are taken
    run()


def _one_process(config: SiteConfig, listener: socket.socket) -> Callable[[], None]:
    """What serves in this process. Signals are heard from now on."""
    server = uvicorn.Server(config)

    def end(*_: object) -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn ends at these, and then raises them once more
        signal.signal(number, end)
    return lambda: server.run(sockets=[listener])


def _when(event: Callable[[], Any]) -> None:
    """End this process, as by SIGTERM, when `event` has returned."""

    def wait_for_it() -> None:
        event()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait_for_it, name="lifeline", daemon=True).start()
