"""A guest thread's own line to the monitor: one question, one answer."""

import mmap
import os
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from seattle.repy import door
from seattle.repy.guest.exceptions import EXCEPTIONS, RepyException, ResourceExhaustedError

_IN_THE_MIDDLE = "this thread is in the middle of a call: what runs when something is collected can't make another"
_INT = 4  # bytes of a descriptor's number in a message
_ONE_DESCRIPTOR = socket.CMSG_SPACE(_INT)

# On the way of every call, so looked up once.
_encode, _decode, Done = door.encode, door.decode_answer, door.Done


class Channel:
    """One end of a socket pair. Used by one thread only."""

    __slots__ = ("__weakref__", "_answer", "_receive", "_send", "_socket", "busy")

    def __init__(self, fd: int, room: mmap.mmap | None = None) -> None:
        # Family, type and protocol are named, or the socket module would ask the kernel, which the walls refuse.
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, fileno=fd)
        self._answer = memoryview(room or _room())
        self._send = self._socket.send
        self._receive = self._socket.recv_into
        self.busy = False
        """Whether a question is under way, or can't be asked any more. Only finalizers ever see this true."""

    def ask(self, call: door.Call) -> Any:
        """The answer's value. Raises the Repy exception that the monitor refuses with."""
        if self.busy:  # a generator's `finally` may run at any time: it must not take our answer, nor give us its own
            raise RuntimeError(_IN_THE_MIDDLE)
        self.busy = True
        try:
            self._send(_encode(call))
            size = self._receive(self._answer)
            if not size:
                os._exit(1)  # the monitor has hung up: nobody is left to run for
            answer = _decode(self._answer[:size])  # until then the answer must not be overwritten
        finally:
            self.busy = False
        if type(answer) is Done:
            return answer.value
        raise _refused(answer)

    def ask_for_channel(self) -> "Channel":
        """A channel for a new thread. Raises ResourceExhaustedError."""
        if self.busy:  # as above
            raise RuntimeError(_IN_THE_MIDDLE)
        # What needs memory comes before the question: an answer that nobody has read would be the next one's.
        try:
            room, question = _room(), door.encode(door.NewThread())
        except (OSError, MemoryError):
            raise ResourceExhaustedError("no room for another thread: memory is used up") from None
        self.busy = True
        try:
            self._send(question)
            size, sent, _flags, _address = self._socket.recvmsg_into([self._answer], _ONE_DESCRIPTOR)
            answer = _decode(self._answer[:size])
        finally:
            self.busy = False
        if type(answer) is not Done:
            raise _refused(answer)
        fd = int.from_bytes(sent[0][2][:_INT], sys.byteorder)
        try:
            return Channel(fd, room)
        except MemoryError:
            os.close(fd)
            raise

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

    def has_more(self) -> bool:
        """Whether a frame waits to be heard, or the monitor has hung up."""
        try:
            self._socket.recv_into(bytearray(1), 0, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        return True

    def hear(self) -> door.Program | door.ProgramText:
        """The next frame of the program that the monitor sends at the start."""
        size = self._receive(self._answer)
        if not size:
            os._exit(1)
        frame: door.Program | door.ProgramText = door.decode_program(self._answer[:size])
        return frame

    def fileno(self) -> int:
        """Its descriptor."""
        return self._socket.fileno()

    def close(self) -> None:
        """The thread is over."""
        self.busy = True
        self._socket.close()


def _room() -> mmap.mmap:
    """For answers: pages that cost nothing until one fills them, since most are short, and threads many."""
    return mmap.mmap(-1, door.MAX_FRAME, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def _refused(answer: door.Failed) -> RepyException:
    return EXCEPTIONS[answer.refusal.value](answer.text)


class Channels(threading.local):
    """Finds the channel of the thread that runs."""

    mine: Channel
    ask: Callable[[door.Call], Any]


_channels = Channels()
_later: deque[door.Call] = deque()


def use(channel: Channel) -> None:
    """Make `channel` the line of the current thread."""
    _channels.ask = channel.ask  # first: this may start a collection, and a finalizer that finds `mine` asks at once
    _channels.mine = channel


def mine() -> Channel:
    """The current thread's line."""
    return _channels.mine


def ask(call: door.Call) -> Any:
    """Ask on the current thread's line."""
    if _later:
        catch_up()
    return _channels.ask(call)


def is_free() -> bool:
    """Whether the current thread can ask now. A finalizer has to find out: see `ask_later`."""
    channel = getattr(_channels, "mine", None)
    return channel is not None and not channel.busy


def ask_later(call: door.Call) -> None:
    """Ask with the next call, for the finalizer of something that was collected.

    Not at once: collection can come in the middle of another call on the same line, and while a thread begins or ends.
    """
    _later.append(call)


def catch_up() -> None:
    """Ask what finalizers left. Nobody is there to hear of a refusal."""
    while _later:
        with suppress(IndexError, RepyException):  # IndexError: another thread was faster
            _channels.mine.ask(_later.popleft())
