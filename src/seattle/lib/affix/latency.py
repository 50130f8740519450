"""LatencyAffix, for experiments: `(LatencyAffix,MS)` or `(LatencyAffix,MS,JITTER)`, what is received comes later.

So many milliseconds later, and up to so many more by chance. Data on a connection stays in its order, datagrams may
overtake each other. Time counts from when the program asks, so it should do so often, as programs with sockets that
never wait do.
"""

import random
from collections import deque

from affix.component import Component, MessageListener
from affix.data import checked_count
from affix.errors import AffixArgumentError
from affix.transform import Wrapped

_READ = 4096  # bytes
_MOST_HELD = 65536  # bytes of a connection
_MOST_MESSAGES = 256  # of a listener


class LatencyAffix(Component):
    """What is received comes later."""

    name = "LatencyAffix"

    def __init__(self, below, arguments=()):
        super().__init__(below, arguments)
        try:
            least, jitter = [*map(float, self.arguments), 0.0][:2]
        except ValueError:
            raise AffixArgumentError("LatencyAffix takes milliseconds, and how many more there may be") from None
        if not 0 <= least < 60_000 or not 0 <= jitter < 60_000 or len(self.arguments) > 2:
            raise AffixArgumentError("LatencyAffix takes milliseconds, less than 60000")
        self._least, self._jitter = least / 1000, jitter / 1000

    def text(self):
        """Nothing: the other side does not notice."""
        return ""

    def due(self):
        """The runtime until which what comes now is held."""
        return getruntime() + self._least + self._jitter * random.random()  # noqa: S311 - nobody has to be surprised

    def over(self, connection, accepted):
        """A connection that is late."""
        return _Late(connection, self)

    def listenformessage(self, localip, localport):
        """Listen for datagrams, which are late."""
        return _LateMessages(self.peek().listenformessage(localip, localport), self)


class _Late(Wrapped):
    def __init__(self, below, component):
        super().__init__(below)
        self._component = component
        self._held = deque()  # (runtime, data)
        self._size = 0
        self._last = 0.0
        self._end = None

    def recv(self, numbytes):
        """As the API's, but later."""
        checked_count(numbytes)
        self._take()
        if self._held and self._held[0][0] <= getruntime():
            due, data = self._held.popleft()
            if data[numbytes:]:
                self._held.appendleft((due, data[numbytes:]))
            self._size -= len(data[:numbytes])
            return data[:numbytes]
        if self._end is not None and not self._held:
            raise self._end
        raise SocketWouldBlockError("nothing has come yet")

    def _take(self):
        while self._size < _MOST_HELD and self._end is None:
            try:
                data = self._below.recv(_READ)
            except SocketWouldBlockError:
                return
            except SocketClosedRemote as why:
                self._end = why
                return
            self._last = max(self._last, self._component.due())
            self._held.append((self._last, data))
            self._size += len(data)


class _LateMessages(MessageListener):
    def __init__(self, below, component):
        super().__init__(below, component)
        self._held = []  # (runtime, message)

    def getmessage(self):
        """As the API's, but later."""
        try:
            while len(self._held) < _MOST_MESSAGES:
                self._held.append((self._component.due(), self._below.getmessage()))
        except SocketWouldBlockError:
            pass
        due = min(self._held, default=None, key=lambda held: held[0])
        if due is None or due[0] > getruntime():
            raise SocketWouldBlockError("nothing has come yet")
        self._held.remove(due)
        return due[1]
