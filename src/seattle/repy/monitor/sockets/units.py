"""The units that sockets take."""

import socket

from seattle.resources.errors import ResourceExhaustedError
from seattle.resources.meter import ItemCounter, Slot


def take_or_close(counter: ItemCounter, sock: socket.socket) -> Slot:
    """A unit for a socket that stands already; without one it is closed. Raises ResourceExhaustedError."""
    try:
        return counter.take()
    except ResourceExhaustedError:
        sock.close()
        raise
