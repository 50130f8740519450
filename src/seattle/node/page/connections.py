"""Connections to the page: any user of this computer can open any number of them, and leave them so."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol


class GivingWay(H11Protocol):
    """A connection. Where there are as many as may be, the one that has waited longest for its request gives way.

    So whoever opens them without end closes their own, and one that asks at once, as a browser does, is answered.
    """

    _began = 0.0  # by the loop's clock

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as it is above
        """It begins."""
        super().connection_made(transport)
        self._began = self.loop.time()
        waiting = [one for one in self.connections if isinstance(one, GivingWay) and one is not self and one._waits]
        waiting.sort(key=lambda one: one._began)
        most = self.limit_concurrency or len(self.connections) + 1
        for one in waiting[: max(0, len(self.connections) - most + 1)]:
            self.connections.discard(one)  # its end comes later, and ours may be asked for something before
            one.transport.abort()

    @property
    def _waits(self) -> bool:
        return self.cycle is None or self.cycle.response_complete
