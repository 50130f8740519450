"""A TCP relay that makes a connection worse: it adds delay, holds to a bandwidth, and has a buffer of some size.

    seattle get 1
    seattle run examples/relay/simplerelay.py DELAY_MS [KBPS [BUFFER_KB]] TO_IP:TO_PORT

Prints `relaying IP:PORT to TO_IP:TO_PORT`. Whoever connects there is connected on. All that is sent, either way, is
passed on DELAY_MS later, KBPS kilobits a second at most; what waits for that is in a buffer of BUFFER_KB kilobytes, 64
without: while it is full nothing is read, and TCP makes the sender wait. A large buffer before a narrow way is what
makes everything else wait behind it, too: send a video, and a ping beside it. Ends when it is stopped.
"""

import collections
import socket
import threading
import time

import rendezvous

PIECE = 1024  # bytes that are read at a time, or fewer: a full buffer takes what fits


class Direction:
    """What goes one way over one connection: one thread fills the buffer, another empties it in time."""

    def __init__(self, source, target, delay, rate, size):
        self._source, self._target = source, target
        self._delay, self._rate = delay, rate  # seconds, bytes a second or None
        self._room = size  # bytes
        self._waiting = collections.deque()  # (when it may go, data); no data is the end
        self._changed = threading.Condition()

    def fill(self):
        while True:
            with self._changed:
                while self._room == 0:
                    self._changed.wait()
                most = min(PIECE, self._room)
            try:
                data = self._source.recv(most)
            except OSError:
                data = b""
            with self._changed:
                self._room -= len(data)
                self._waiting.append((time.monotonic() + self._delay, data))
                self._changed.notify_all()
            if not data:
                return

    def empty(self):
        free = 0.0  # when the narrow way is free again
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                due, data = self._waiting.popleft()
            sleep(max(0.0, due - time.monotonic(), free - time.monotonic()))
            try:
                if not data:
                    self._target.shutdown(socket.SHUT_WR)
                    return
                self._target.sendall(data)
            except OSError:
                return
            if self._rate is not None:
                free = max(free, time.monotonic()) + len(data) / self._rate
            with self._changed:
                self._room += len(data)
                self._changed.notify_all()


def relay(caller, target, delay, rate, size):
    """One connection, until both sides have ended."""
    with caller, socket.create_connection(target) as callee:
        ways = [Direction(caller, callee, delay, rate, size), Direction(callee, caller, delay, rate, size)]
        threads = [threading.Thread(target=work) for way in ways for work in (way.fill, way.empty)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def main(words):
    *numbers, to = words
    delay, kbps, buffer = [*map(float, numbers), *[0.0, 0.0, 64.0][len(numbers) :]]
    target = rendezvous.parse_place(to)
    place = getmyip(), rendezvous.own_port()
    with socket.create_server(place) as server:
        print("relaying", rendezvous.format_place(place), "to", to)
        while True:
            caller, _address = server.accept()
            settings = (caller, target, delay / 1000, kbps * 125 or None, int(buffer * 1000))
            threading.Thread(target=relay, args=settings).start()


main(callargs)
