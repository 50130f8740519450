"""How much a vessel may still send and receive, all told: what is left of its donor's traffic for the month."""

from collections.abc import Callable

from seattle.repy.door import Refusal
from seattle.repy.monitor.refused import RefusedError
from seattle.resources.meter import TokenBucket


class Budget:
    """Counts what `netsend` and `netrecv` were charged for: traffic of this computer with others.

    A call is made or not as a whole, so the last one may overdraw the budget by its own size.
    """

    def __init__(
        self, send: TokenBucket, receive: TokenBucket, limit: int | None, *, note: Callable[[str], None]
    ) -> None:
        """`limit` is in bytes, None for as much as the rates let through; `note` writes to the vessel's log."""
        self._send = send
        self._receive = receive
        self._note = note
        self._noted = False
        self.limit = limit

    @property
    def used(self) -> int:
        """Bytes so far."""
        return round(self._send.spent + self._receive.spent)

    def check(self) -> None:
        """Refuse when it is used up."""
        if self.limit is None or self.used < self.limit:
            return
        text = f"the donor's budget for network traffic is used up: {self.used} of {self.limit} bytes"
        if not self._noted:
            self._noted = True
            self._note(text)
        raise RefusedError(Refusal.BUDGET, text)
