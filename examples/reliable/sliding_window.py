"""Reliable messages over UDP, several of them under way: what stop_and_wait.py offers, and a window.

    reliable_config(maxdgramsize=512, retries=4, timeoutinms=10, windowsize=3)
    handle = reliable_recvmess(ip, port, func)
    reliable_sendmess(ip, port, message)      # waits for room in the window only
    reliable_flush()                          # waits until all is acknowledged

A packet is its number, mycontext["DELIM"], and the message; an acknowledgement is `a`, the number that is expected
next, and the delimiter: so it stands for all before. Who receives keeps what comes early, and hands messages on in
their order. Each packet has its own timer. A window of 0 sends nothing. An error that comes too late for its own
message is raised by the next call for the same receiver.
"""

import rendezvous
from endpoint import Endpoint, Signal, cut

MOST_EARLY = 256  # packets that are kept for a sender until those before them have come

mycontext.setdefault("DELIM", ":")
settings = {"maxdgramsize": 512, "retries": 4, "timeout": 0.010, "windowsize": 3}
statistics = {"sent": 0, "again": 0, "duplicates": 0, "early": 0}  # packets
lines = {}  # our (ip, port) -> Line
lock = createlock()


def reliable_config(maxdgramsize, retries=4, timeoutinms=10, windowsize=3):
    """Set bytes of a packet, how often it is sent again, milliseconds until then, and packets under way at a time."""
    if maxdgramsize < 16 or retries < 0 or timeoutinms < 0 or not 0 <= windowsize <= MOST_EARLY:
        raise ValueError(f"a packet needs 16 bytes at least, a window has 0 to {MOST_EARLY}; nothing is negative")
    settings.update(maxdgramsize=maxdgramsize, retries=retries, timeout=timeoutinms / 1000, windowsize=windowsize)


def reliable_recvmess(ip, port, func):
    """Call `func(ip, port, message, handle)` for each message, in order; `handle.close()` ends it."""
    line = line_at(ip, port)
    line.receiver = func
    return line


def reliable_sendmess(ip, port, msg, srcip=None, srcport=None):
    """Send a message as soon as the window has room. Its bytes, 0 if the window is closed; or TimeoutError."""
    if settings["windowsize"] == 0:
        return 0
    line = line_at(srcip or getmyip(), srcport or rendezvous.own_port())
    return line.outgoing(ip, port).send(msg.encode() if isinstance(msg, str) else msg)


def reliable_flush():
    """Wait until all that was sent is acknowledged. Raises TimeoutError if something was not."""
    for line in list(lines.values()):
        line.flush()


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


class Line:
    """A port of ours: what is sent from there, and what comes in."""

    def __init__(self, ip, port):
        self.receiver = None
        self._outgoing = {}  # (ip, port) of a receiver -> Outgoing
        self._incoming = {}  # (ip, port) of a sender -> Incoming
        self.endpoint = Endpoint(ip, port, self._hear, self._tick)

    def outgoing(self, ip, port):
        with lock:
            return self._outgoing.setdefault((ip, port), Outgoing(self.endpoint, ip, port))

    def flush(self):
        for outgoing in list(self._outgoing.values()):
            outgoing.flush()

    def close(self):
        with lock:
            lines.pop((self.endpoint.ip, self.endpoint.port), None)
        return self.endpoint.close()

    def _tick(self):
        for outgoing in list(self._outgoing.values()):
            outgoing.tick()

    def _hear(self, ip, port, data):
        match cut(data, mycontext["DELIM"].encode()):
            case (header, message) if header.isdigit() and self.receiver is not None:
                incoming = self._incoming.setdefault((ip, port), Incoming())
                for one in incoming.take(int(header), message):
                    self.receiver(ip, port, one, self)
                self.endpoint.send(ip, port, f"a{incoming.expected}{mycontext['DELIM']}")
            case (header, b"") if header[:1] == b"a" and header[1:].isdigit() and (ip, port) in self._outgoing:
                self._outgoing[ip, port].hear(int(header[1:]))


class Incoming:
    """What comes from one sender: all before `expected` has come, and some that is later."""

    def __init__(self):
        self.expected = 0
        self._early = {}  # number -> message

    def take(self, number, message):
        """The messages whose turn it is, now that this one has come."""
        if number < self.expected or number in self._early or number >= self.expected + MOST_EARLY:
            statistics["duplicates"] += 1
            return []
        statistics["early"] += number > self.expected
        self._early[number] = message
        ready = []
        while self.expected in self._early:
            ready.append(self._early.pop(self.expected))
            self.expected += 1
        return ready


class Outgoing:
    """What goes to one receiver."""

    def __init__(self, endpoint, ip, port):
        self._endpoint, self._ip, self._port = endpoint, ip, port
        self._turn = createlock()  # of those who send
        self._lock = createlock()  # of what is below
        self._next = 0
        self._under_way = {}  # number -> [packet, when it was sent, how often again]
        self._failed = False
        self._moved = Signal()  # the window has, or something has failed

    def send(self, message):
        with self._turn:
            packet = f"{self._next}{mycontext['DELIM']}".encode() + message
            if len(packet) > settings["maxdgramsize"]:
                raise ValueError(f"{len(message)} bytes don't fit into a packet of {settings['maxdgramsize']}")
            self._wait_until_fewer_than(settings["windowsize"])
            statistics["sent"] += 1
            with self._lock:
                self._under_way[self._next] = [packet, getruntime(), 0]
                self._next += 1
            self._endpoint.send(self._ip, self._port, packet)
        return len(message)

    def flush(self):
        with self._turn:
            self._wait_until_fewer_than(1)

    def hear(self, expected):
        """All before this number has come."""
        with self._lock:
            done = [number for number in self._under_way if number < expected]
            for number in done:
                del self._under_way[number]
        if done:
            self._moved.give()

    def tick(self):
        """Send again what has waited too long; give up what was sent often enough."""
        now, again, moved = getruntime(), [], False
        with self._lock:
            for number, (packet, sent, times) in list(self._under_way.items()):
                if now - sent < settings["timeout"]:
                    continue
                if times < settings["retries"] and settings["timeout"] > 0:
                    self._under_way[number] = [packet, now, times + 1]
                    again.append(packet)
                else:
                    del self._under_way[number]
                    moved = True
                    self._failed = settings["retries"] > 0 and settings["timeout"] > 0
        for packet in again:
            statistics["again"] += 1
            self._endpoint.send(self._ip, self._port, packet)
        if moved:
            self._moved.give()

    def _wait_until_fewer_than(self, count):
        while not self._failed and len(self._under_way) >= count:
            self._moved.wait()
        if self._failed:
            raise TimeoutError(f"{self._ip}:{self._port} has not acknowledged a packet")
