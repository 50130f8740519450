"""LoggingAffix: `(LoggingAffix,PREFIX)` writes each call, and what came of it, to the vessel's log.

What is sent and received is told by its length only. Calls that would have had to wait are not written.
"""

from affix.component import Component, Listener, MessageListener
from affix.transform import Wrapped


class LoggingAffix(Component):
    """Calls are written to the log."""

    name = "LoggingAffix"

    def __init__(self, below, arguments=()):
        super().__init__(below, arguments)
        self._prefix = " ".join(["Affix", *self.arguments])

    def text(self):
        """Nothing: the other side does not notice."""
        return ""

    def noted(self, call, function, *arguments):
        """The result of a call, which is written to the log."""
        said = ", ".join(map(_brief, arguments))
        try:
            result = function(*arguments)
        except SocketWouldBlockError:
            raise
        except Exception as why:
            print(f"{self._prefix}: {call}({said}) raises {type(why).__name__}: {why}")
            raise
        print(f"{self._prefix}: {call}({said}) -> {_brief(result)}")
        return result

    def getmyip(self):
        """As below."""
        return self.noted("getmyip", self.peek().getmyip)

    def gethostbyname(self, name):
        """As below."""
        return self.noted("gethostbyname", self.peek().gethostbyname, name)

    def openconnection(self, destip, destport, localip, localport, timeout):
        """As below."""
        call = destip, destport, localip, localport, timeout
        return _Logged(self.noted("openconnection", self.peek().openconnection, *call), self)

    def listenforconnection(self, localip, localport):
        """As below."""
        below = self.noted("listenforconnection", self.peek().listenforconnection, localip, localport)
        return _LoggedListener(below, self)

    def sendmessage(self, destip, destport, message, localip, localport):
        """As below."""
        return self.noted("sendmessage", self.peek().sendmessage, destip, destport, message, localip, localport)

    def listenformessage(self, localip, localport):
        """As below."""
        below = self.noted("listenformessage", self.peek().listenformessage, localip, localport)
        return _LoggedMessages(below, self)


class _Logged(Wrapped):
    def __init__(self, below, component):
        super().__init__(below)
        self._component = component

    def send(self, message):
        return self._component.noted("send", self._below.send, message)

    def recv(self, numbytes):
        return self._component.noted("recv", self._below.recv, numbytes)

    def close(self):
        return self._component.noted("close", self._below.close)


class _LoggedListener(Listener):
    def getconnection(self):
        ip, port, connection = self._component.noted("getconnection", self._below.getconnection)
        return ip, port, _Logged(connection, self._component)

    def close(self):
        return self._component.noted("close", self._below.close)


class _LoggedMessages(MessageListener):
    def getmessage(self):
        return self._component.noted("getmessage", self._below.getmessage)

    def close(self):
        return self._component.noted("close", self._below.close)


def _brief(value):
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, tuple):
        return f"({', '.join(map(_brief, value))})"
    return repr(value) if value is None or isinstance(value, (str, int, float)) else type(value).__name__
