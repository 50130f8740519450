"""RateLimitAffix, for experiments: `(RateLimitAffix,BYTES)`, at most so many bytes are sent in a second.

All connections and datagrams of a stack share them. A connection raises SocketWouldBlockError when there are none left;
`sendmessage` waits.
"""

from affix.component import Component
from affix.data import octets
from affix.errors import AffixArgumentError
from affix.transform import Wrapped


class RateLimitAffix(Component):
    """A rate for what is sent."""

    name = "RateLimitAffix"

    def __init__(self, below, arguments=()):
        super().__init__(below, arguments)
        try:
            (self._rate,) = map(float, self.arguments)
        except ValueError:
            raise AffixArgumentError("RateLimitAffix takes a number of bytes") from None
        if not 1 <= self._rate < float("inf"):
            raise AffixArgumentError("RateLimitAffix takes a number of bytes, 1 or more")
        self._lock = createlock()
        self._left = self._rate  # bytes; those of a second at most
        self._looked = getruntime()

    def text(self):
        """Nothing: the other side does not notice."""
        return ""

    def left(self):
        """How many bytes may be sent now, fewer than 0 if too many were."""
        with self._lock:
            now = getruntime()
            self._left = min(self._left + (now - self._looked) * self._rate, self._rate)
            self._looked = now
            return self._left

    def spend(self, count):
        """So many bytes were sent."""
        with self._lock:
            self._left -= count

    def over(self, connection, accepted):
        """A connection on which the rate is held."""
        return _Slow(connection, self)

    def sendmessage(self, destip, destport, message, localip, localport):
        """Send a datagram when the rate allows."""
        while (left := self.left()) <= 0:
            sleep(-left / self._rate + 0.001)
        sent = self.peek().sendmessage(destip, destport, message, localip, localport)
        self.spend(sent)
        return sent


class _Slow(Wrapped):
    def __init__(self, below, component):
        super().__init__(below)
        self._component = component

    def send(self, message):
        """As the API's, as far as the rate allows."""
        if (left := int(self._component.left())) < 1:
            raise SocketWouldBlockError("the rate allows no more now")
        data = octets(message)
        sent = self._below.send(data[:left])
        self._component.spend(sent)
        return sent
