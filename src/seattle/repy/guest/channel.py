"""A guest thread's own line to the monitor: one question, one answer."""

import os
import socket
import threading
from collections import deque
from typing import Any

from seattle.repy import door
from seattle.repy.guest.exceptions import EXCEPTIONS


class Channel:
    """One end of a socket pair. Used by one thread only."""

    __slots__ = ("_answer", "_receive", "_send", "_socket")

    def __init__(self, fd: int) -> None:
        # Family, type and protocol are named, or the socket module would ask the kernel, which the walls refuse.
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, fileno=fd)
        self._answer = memoryview(bytearray(door.MAX_FRAME))
        self._send = self._socket.send
        self._receive = self._socket.recv_into

    def ask(self, call: door.Call) -> Any:
        """The answer's value. Raises the Repy exception that the monitor refuses with."""
        self._send(door.encode(call))
        return self._unwrap(self._receive(self._answer))

    def ask_for_channel(self) -> "Channel":
        """A channel for a new thread. Raises ResourceExhaustedError."""
        self._send(door.encode(door.NewThread()))
        frame, fds, _flags, _address = socket.recv_fds(self._socket, door.MAX_FRAME, 1)
        self._answer[: len(frame)] = frame
        self._unwrap(len(frame))
        return Channel(fds[0])

    def tell(self, call: door.Call) -> None:
        """Say something that has no answer."""
        self._send(door.encode(call))

    def hear_bounds(self) -> door.Bounds:
        """The vessel's limits, which come first."""
        size = self._receive(self._answer)
        if not size:
            os._exit(1)
        bounds: door.Bounds = door.decode_bounds(self._answer[:size])
        return bounds

    def hear(self) -> door.Program | door.ProgramText:
        """The next frame of the program that the monitor sends at the start."""
        size = self._receive(self._answer)
        if not size:
            os._exit(1)
        frame: door.Program | door.ProgramText = door.decode_program(self._answer[:size])
        return frame

    def close(self) -> None:
        """The thread is over."""
        self._socket.close()

    def _unwrap(self, size: int) -> Any:
        if not size:
            os._exit(1)  # the monitor has hung up: nobody is left to run for
        answer = door.decode_answer(self._answer[:size])
        if isinstance(answer, door.Done):
            return answer.value
        raise EXCEPTIONS[answer.refusal.value](answer.text)


class Channels(threading.local):
    """Finds the channel of the thread that runs."""

    mine: Channel


_channels = Channels()
_dropped: deque[int] = deque()


def use(channel: Channel) -> None:
    """Make `channel` the line of the current thread."""
    _channels.mine = channel


def mine() -> Channel:
    """The current thread's line."""
    return _channels.mine


def ask(call: door.Call) -> Any:
    """Ask on the current thread's line."""
    channel = _channels.mine
    while _dropped:
        channel.ask(door.CloseSocket(_dropped.popleft()))
    return channel.ask(call)


def drop(handle: int) -> None:
    """A socket object was collected without `close`: its handle goes back with the next call.

    Not at once: collection can happen in the middle of another call on the same line.
    """
    _dropped.append(handle)
