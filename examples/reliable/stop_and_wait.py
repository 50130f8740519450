"""Reliable messages over UDP, the simplest way: send one, wait for its acknowledgement, send the next.

    reliable_config(maxdgramsize=512, retries=4, timeoutinms=10)
    handle = reliable_recvmess(ip, port, func)        # calls func(ip, port, message, handle) for each message, once
    reliable_sendmess(ip, port, message)              # its bytes, or a TimeoutError

A packet is `0` or `1`, then mycontext["DELIM"], then the message; an acknowledgement is `a0` or `a1` and the delimiter.
The digits take turns, so that a packet which comes twice is known. One bit is enough as long as the network keeps the
order: where it does not, an old packet may come when its digit's turn has come again (sliding_window.py numbers all).
With 0 retries, or a timeout of 0, nothing is sent again, nothing is an error, and no digit is a reason to drop a
packet: so the network itself is measured.
"""

import rendezvous
from endpoint import Endpoint, Signal, cut

mycontext.setdefault("DELIM", ":")
settings = {"maxdgramsize": 512, "retries": 4, "timeout": 0.010}  # bytes with header, times, seconds
statistics = {"sent": 0, "again": 0, "duplicates": 0}  # packets
lines = {}  # our (ip, port) -> Line
lock = createlock()


def reliable_config(maxdgramsize, retries=4, timeoutinms=10):
    """Set bytes of a packet, how often it is sent again, and milliseconds to wait for an acknowledgement."""
    if maxdgramsize < 3 or retries < 0 or timeoutinms < 0:
        raise ValueError("a packet needs 3 bytes at least, and neither retries nor the timeout can be negative")
    settings.update(maxdgramsize=maxdgramsize, retries=retries, timeout=timeoutinms / 1000)


def reliable_recvmess(ip, port, func):
    """Call `func(ip, port, message, handle)` for each message that comes; `handle.close()` ends it."""
    line = line_at(ip, port)
    line.receiver = func
    return line


def reliable_sendmess(ip, port, msg, srcip=None, srcport=None):
    """Send a message, and wait until it is acknowledged. Its bytes; or TimeoutError, after which nothing is certain."""
    line = line_at(srcip or getmyip(), srcport or rendezvous.own_port())
    return line.send(ip, port, msg.encode() if isinstance(msg, str) else msg)


def reliable_close():
    """Close all that was used for sending and receiving."""
    with lock:
        for line in lines.values():
            line.endpoint.close()
        lines.clear()


def line_at(ip, port):
    with lock:
        if (ip, port) not in lines:
            lines[ip, port] = Line(ip, port)
        return lines[ip, port]


def is_reliable():
    return settings["retries"] > 0 and settings["timeout"] > 0


class Line:
    """A port of ours: what is sent from there, and what comes in."""

    def __init__(self, ip, port):
        self.receiver = None
        self._outgoing = {}  # (ip, port) of a receiver -> Outgoing
        self._expected = {}  # (ip, port) of a sender -> 0 or 1
        self.endpoint = Endpoint(ip, port, self._hear, self._tick)

    def send(self, ip, port, message):
        with lock:
            outgoing = self._outgoing.setdefault((ip, port), Outgoing(self.endpoint, ip, port))
        return outgoing.send(message)

    def close(self):
        with lock:
            lines.pop((self.endpoint.ip, self.endpoint.port), None)
        return self.endpoint.close()

    def _tick(self):
        for outgoing in list(self._outgoing.values()):
            outgoing.tick()

    def _hear(self, ip, port, data):
        match cut(data, mycontext["DELIM"].encode()):
            case (b"0" | b"1" as digit, message):
                self._take(ip, port, int(digit), message)
            case (b"a0" | b"a1" as digit, b"") if (ip, port) in self._outgoing:
                self._outgoing[ip, port].hear(int(digit[1:]))

    def _take(self, ip, port, digit, message):
        if self.receiver is None:
            return
        self.endpoint.send(ip, port, f"a{digit}{mycontext['DELIM']}")
        if is_reliable() and digit != self._expected.get((ip, port), 0):
            statistics["duplicates"] += 1
            return
        self._expected[ip, port] = 1 - digit
        self.receiver(ip, port, message, self)


class Outgoing:
    """What goes to one receiver: one message at a time."""

    def __init__(self, endpoint, ip, port):
        self._endpoint, self._ip, self._port = endpoint, ip, port
        self._turn = createlock()
        self._digit = 0
        self._waits_until = None  # for an acknowledgement; None where nobody waits
        self._acknowledged = False
        self._signal = Signal()

    def send(self, message):
        with self._turn:
            packet = f"{self._digit}{mycontext['DELIM']}".encode() + message
            if len(packet) > settings["maxdgramsize"]:
                raise ValueError(f"{len(message)} bytes don't fit into a packet of {settings['maxdgramsize']}")
            statistics["sent"] += 1
            for attempt in range(1 + settings["retries"] if is_reliable() else 1):
                statistics["again"] += attempt > 0
                if self._try(packet):
                    break
            else:
                if is_reliable():
                    raise TimeoutError(f"{self._ip}:{self._port} has not acknowledged a packet")
            self._digit = 1 - self._digit
        return len(message)

    def _try(self, packet):
        """Send it; whether it was acknowledged in time."""
        self._acknowledged = False
        if settings["timeout"] == 0:
            self._endpoint.send(self._ip, self._port, packet)
            return False
        self._waits_until = getruntime() + settings["timeout"]
        self._endpoint.send(self._ip, self._port, packet)
        self._signal.wait()
        return self._acknowledged

    def hear(self, digit):
        if self._waits_until is not None and digit == self._digit:
            self._acknowledged = True
            self._go_on()

    def tick(self):
        if self._waits_until is not None and getruntime() >= self._waits_until:
            self._go_on()

    def _go_on(self):
        self._waits_until = None
        self._signal.give()
