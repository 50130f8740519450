"""What traffic costs, and how a call waits until it is paid."""

from seattle.repy.monitor.scheduler import Sleep, Task
from seattle.repy.monitor.sockets.budget import Budget
from seattle.resources.meter import TokenBucket

# What calls cost beyond their payload, in bytes: the source is spec section 3, "charge".
PACKET = 64
HANDSHAKE = 128


class Rates:
    """The two rates that a packet is charged to. Traffic that leaves this computer counts against a budget, too."""

    __slots__ = ("_budget", "receive", "send")

    def __init__(self, send: TokenBucket, receive: TokenBucket, budget: Budget | None = None) -> None:
        self.send = send
        self.receive = receive
        self._budget = budget

    def debt(self) -> float:
        """Seconds until a call may begin, because of earlier ones; 0 or more.

        Raises ResourceForbiddenError where a limit is 0, RefusedError (BUDGET) where the budget is used up.
        """
        if self._budget is not None:
            self._budget.check()
        return max(self.send.wait_time(), self.receive.wait_time())

    def charge(self, *, sent: int, received: int) -> float:
        """Take so many bytes of both; the seconds that the caller has to wait. Raises ResourceForbiddenError."""
        return max(self.send.charge(sent), self.receive.charge(received))

    def wait(self) -> Task:
        """Wait until earlier calls are paid; raises as `debt`. Who waits longest goes first."""
        while (seconds := self.debt()) > 0:
            yield Sleep(seconds)

    def wait_to_send(self) -> Task:
        """As `wait`, for the rate of sending alone; whether that took any time."""
        return (yield from self._wait_for(self.send))

    def wait_to_receive(self) -> Task:
        """As `wait`, for the rate of receiving alone."""
        yield from self._wait_for(self.receive)

    def pay(self, *, sent: int, received: int) -> Task:
        """Charge, and wait off the overshoot."""
        seconds = self.charge(sent=sent, received=received)
        if seconds > 0:
            yield Sleep(seconds)

    def _wait_for(self, bucket: TokenBucket) -> Task:
        if self._budget is not None:
            self._budget.check()
        waited = False
        while (seconds := bucket.wait_time()) > 0:
            waited = True
            yield Sleep(seconds)
        return waited
