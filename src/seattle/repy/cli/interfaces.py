"""`repy run --iface NAME`: saying so where there is no such interface."""

import _socket

from seattle.repy.cli.conversation import Audience


class MissingInterfaces(Audience):
    """Tells the others, once the program runs. That is no error: interfaces come and go."""

    def __init__(self, names: list[str], others: list[Audience]) -> None:
        self._names = names
        self._others = others

    def started(self, _guest: int) -> None:
        """See `Audience`."""
        there = [name for _, name in _socket.if_nameindex()]
        for name in self._names:
            if name not in there:
                for one in self._others:
                    one.noted(f"there is no interface {name!r}, so it has no addresses; there are {', '.join(there)}")
