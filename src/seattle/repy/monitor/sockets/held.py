"""What the three kinds of sockets of a vessel have in common: what they work with, and finding one by its handle."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Generic, Protocol, TypeVar

from seattle.repy.door import Refusal
from seattle.repy.monitor.network.addresses import Address
from seattle.repy.monitor.network.interface import Network
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.sockets.admission import Admission
from seattle.repy.monitor.sockets.destinations import Destinations
from seattle.repy.monitor.sockets.rates import Rates
from seattle.resources.meter import Meter, Slot


class Held(Protocol):
    """A socket that is open, and the unit of a resource that it takes."""

    @property
    def socket(self) -> socket.socket:
        """The kernel's."""

    @property
    def slot(self) -> Slot:
        """The unit, to be given back."""


H = TypeVar("H", bound=Held)


@dataclass(frozen=True)
class Means:
    """What the sockets of one vessel work with."""

    network: Network
    admission: Admission
    meter: Meter
    new_handle: Callable[[], int]
    rates: Callable[[Address], Rates]  # which apply to traffic with an address
    destinations: Destinations
    on_closed: Callable[[int], None]  # gets each handle that is closed
    clock: Callable[[], float]  # seconds


class HeldSockets(Generic[H]):
    """Sockets of one kind of one vessel."""

    closed_text: ClassVar[str]  # for who uses a handle that stands for none of them any more

    def __init__(self, means: Means) -> None:
        self._network = means.network
        self._admission = means.admission
        self._meter = means.meter
        self._new_handle = means.new_handle
        self._rates = means.rates
        self._destinations = means.destinations
        self._on_closed = means.on_closed
        self._clock = means.clock
        self._open: dict[int, H] = {}

    def holds(self, handle: int) -> bool:
        """Whether the handle is that of an open one."""
        return handle in self._open

    def socket_of(self, handle: int) -> socket.socket | None:
        """That of an open one."""
        held = self._open.get(handle)
        return None if held is None else held.socket

    def _find(self, handle: int) -> H:
        held = self._open.get(handle)
        if held is None:
            raise RefusedError(Refusal.CLOSED_LOCAL, self.closed_text)
        return held


class Listeners(HeldSockets[H]):
    """Listeners of one kind: closing one takes no time and costs nothing."""

    closed_text = "the listener is closed"

    def close(self, handle: int) -> bool:
        """True if it was open. What it has accepted lives on."""
        listener = self._open.pop(handle, None)
        if listener is None:
            return False
        listener.socket.close()
        listener.slot.release()
        self._on_closed(handle)
        return True

    def close_all(self) -> None:
        """Close what is open: the run is over."""
        for handle in list(self._open):
            self.close(handle)
