"""With whom a program exchanged data, and how much: for the donor, who wants to see where their address turned up."""

from typing import Final

from seattle.repy.monitor.network.transport import Transport

MOST: Final = 64
"""Destinations of one run that are told apart; what goes to further ones is summed up."""

_OUT, _IN = "out", "in"  # who began: the program, or the other side


class Flow:
    """What was exchanged with one destination: bytes of payload. On the way of every byte, so nothing but numbers."""

    __slots__ = ("received", "sent")

    def __init__(self) -> None:
        self.sent = 0
        self.received = 0


class Destinations:
    """The flows of one run. A program can send to as many places as it likes: only the first `MOST` get their own."""

    def __init__(self) -> None:
        self._flows: dict[tuple[str, str, str, int], Flow] = {}
        self._others = Flow()

    def to(self, transport: Transport, address: str, port: int) -> Flow:
        """The flow to an address and port that the program reaches for, whether or not it gets there."""
        return self._flow((transport.value, _OUT, address, port))

    def at(self, transport: Transport, address: str, port: int) -> Flow:
        """The flow with an address whose side began, on a local port of the program's."""
        return self._flow((transport.value, _IN, address, port))

    def table(self) -> list[list[str | int]]:
        """`[transport, "out" or "in", address, port, bytes sent, bytes received]` of each, the first first."""
        return [[*key, flow.sent, flow.received] for key, flow in self._flows.items()]

    @property
    def others(self) -> list[int]:
        """Bytes sent to and received from all further destinations together."""
        return [self._others.sent, self._others.received]

    def _flow(self, key: tuple[str, str, str, int]) -> Flow:
        flow = self._flows.get(key)
        if flow is None:
            if len(self._flows) >= MOST:
                return self._others
            flow = self._flows[key] = Flow()
        return flow
