"""Servers of tests, on loopback ports that the programs of `repy` may reach, in a thread each."""

import random
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Thread
from typing import NamedTuple

from seattle.resources.defaults import REPY_DEFAULT

Answer = Callable[[bytes, tuple[str, int], socket.socket], None]
"""Given a datagram, who sent it, and the socket to answer with."""


class SmallServer(NamedTuple):
    """What listens there over UDP and over TCP. The test answers; nothing else does."""

    port: int
    udp: socket.socket
    tcp: socket.socket


@contextmanager
def small_server() -> Iterator[SmallServer]:
    """A free port of those that programs may reach."""
    with ExitStack() as open_sockets:
        ports = sorted(REPY_DEFAULT.connports & REPY_DEFAULT.messports)
        for port in random.sample(ports, len(ports)):
            udp, tcp = socket.socket(type=socket.SOCK_DGRAM), socket.socket()
            try:
                udp.bind(("127.0.0.1", port))
                tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                tcp.bind(("127.0.0.1", port))
                tcp.listen()
            except OSError:
                udp.close()
                tcp.close()
                continue
            open_sockets.enter_context(udp)
            open_sockets.enter_context(tcp)
            yield SmallServer(port, udp, tcp)
            for one in udp, tcp:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)  # wakes whoever waits
            return
    raise AssertionError("all ports are taken")


@contextmanager
def udp_server(answer: Answer) -> Iterator[SmallServer]:
    """One that calls `answer` for each datagram that comes."""
    with small_server() as server:

        def once() -> None:
            asked, sender = server.udp.recvfrom(65536)
            if sender is None:
                raise OSError("the test is over")
            answer(asked, sender, server.udp)

        _serve(once)
        yield server


@contextmanager
def tcp_server(answer: Callable[[socket.socket], None]) -> Iterator[SmallServer]:
    """One that calls `answer` for each connection, and closes it."""
    with small_server() as server:
        serve_tcp(server, answer)
        yield server


def serve_tcp(server: SmallServer, answer: Callable[[socket.socket], None]) -> None:
    def once() -> None:
        connection, _ = server.tcp.accept()
        with connection, suppress(ConnectionError):
            answer(connection)

    _serve(once)


def _serve(once: Callable[[], None]) -> None:
    def for_ever() -> None:
        with suppress(OSError):  # it was closed
            while True:
                once()

    Thread(target=for_ever, daemon=True).start()
