"""What both reliable protocols stand on: a UDP port that one thread serves, and a lock that it lets go of in time.

`heard(ip, port, data)` is called for each datagram, `tick()` whenever there is none: some hundred times a second.
"""

from contextlib import suppress

LOOK_AGAIN = 0.002  # seconds between two looks at a socket that has nothing yet


class Endpoint:
    """A port of ours. Close it, or the program does not end."""

    def __init__(self, ip, port, heard, tick):
        self.ip, self.port = ip, port
        self._heard, self._tick = heard, tick
        self._socket = listenformessage(ip, port)
        createthread(self._serve)

    def send(self, ip, port, data):
        # What can't be sent is as lost as what the network loses; and a stranger's odd address must not end us.
        with suppress(NetworkError, DonorPolicyError):
            sendmessage(ip, port, data, self.ip, self.port)

    def close(self):
        return self._socket.close()

    def _serve(self):
        while True:
            try:
                message = self._socket.getmessage()
            except SocketWouldBlockError:
                self._tick()
                sleep(LOOK_AGAIN)
            except SocketClosedLocal:
                return
            else:
                self._heard(*message)


class Signal:
    """One thread waits for it, and another gives it: at once, without a look every now and then."""

    def __init__(self):
        self._lock = createlock()
        self._lock.acquire(True)

    def wait(self):
        self._lock.acquire(True)

    def give(self):
        self._lock.acquire(False)  # whether it was given before: once is enough
        self._lock.release()


def cut(data, delimiter):
    """Header and payload of a packet; None for what is no packet: anybody can send us anything."""
    header, found, payload = data.partition(delimiter)
    return (header, payload) if found and len(header) <= 20 else None
