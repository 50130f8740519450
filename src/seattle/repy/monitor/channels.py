"""The monitor's ends of the guest's lines: decodes each call, runs it, answers it."""

import fcntl
import socket
import struct
import sys
import termios
from collections.abc import Callable
from types import GeneratorType
from typing import Any

import msgspec

from seattle.repy import door
from seattle.repy.door import Refusal
from seattle.repy.monitor.pace import Pace
from seattle.repy.monitor.refused import RefusedError, ViolationError
from seattle.repy.monitor.scheduler import GLANCE, READABLE, Running, Scheduler, Timer
from seattle.resources.errors import ResourceExhaustedError, ResourceForbiddenError

Handler = Callable[[Any], Any]

_GLANCE = struct.pack("ll", 0, int(GLANCE * 1e6))  # a timeval
_decode, _MAX_FRAME = door.decode_call, door.MAX_FRAME

# Frames are decoded as soon as they are heard, so one buffer serves all lines. One byte more than a frame may have,
# so that a longer one shows.
_buffer = memoryview(bytearray(door.MAX_FRAME + 1))

# Of kernel memory, for each direction of a line: the kernel doubles the figure. Named, or it would be the system's
# default, which is less than a frame here and many MiB there; a guest can fill it.
_LINE_BUFFER = 104 * 1024

_LONGEST_REASON = 300  # characters: it may quote what is in the frame


class Channel:
    """One line, of one guest thread. Owns its socket."""

    def __init__(
        self,
        line: socket.socket,
        scheduler: Scheduler,
        handlers: dict[type, Handler],
        *,
        refusals: Pace,
        on_closed: Callable[["Channel"], None],
        on_violation: Callable[[str], None],
    ) -> None:
        """`refusals` is the pace of all lines of the guest together."""
        # Blocking, but never for longer than a glance, and only in `hear_next`.
        line.settimeout(None)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _GLANCE)
        self._line = line
        self._scheduler = scheduler
        self._handler_of = handlers.get
        self._refusals = refusals
        self._on_closed = on_closed
        self._on_violation = on_violation
        self._running: Running | Timer | None = None
        self._busy = False
        self._closed = False
        scheduler.watch(line.fileno(), READABLE, self._hear)

    def close(self) -> None:
        """Drop the line, and the call that it waits for."""
        if self._closed:
            return
        self._closed = True
        self._scheduler.unwatch(self._line.fileno())
        self._line.close()
        if self._running is not None:
            self._running.cancel()

    def hear_the_rest(self) -> None:
        """Take what the guest has said before it died, if it has."""
        if not self._closed:
            self._hear(READABLE)

    def hear_next(self) -> bool:
        """Wait a moment for the next call, and serve it. False if none came, or none may come now."""
        if self._busy or self._closed:
            return False
        try:
            size = self._line.recv_into(_buffer)
        except BlockingIOError:
            return False
        except ConnectionError:
            size = 0
        self._heard(size)
        return True

    def _hear(self, _events: int) -> None:
        try:
            size = self._line.recv_into(_buffer, 0, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except ConnectionError:
            size = 0
        self._heard(size)

    def _heard(self, size: int) -> None:
        if size == 0:
            self.close()
            self._on_closed(self)
            return
        try:
            self._serve(size)
        except (msgspec.MsgspecError, ViolationError, RecursionError, UnicodeDecodeError) as why:
            self._on_violation(f"the guest broke the protocol: {str(why)[:_LONGEST_REASON]}")

    def _serve(self, size: int) -> None:
        """Do what the frame in the buffer asks for. Every call through the door comes by here: no detours."""
        if self._busy:
            raise ViolationError("a second call before the answer to the first")
        if size > _MAX_FRAME:
            raise ViolationError(f"a frame of more than {_MAX_FRAME} bytes")
        call = _decode(_buffer[:size])
        handler = self._handler_of(type(call))
        if handler is None:
            raise ViolationError(f"{type(call).__name__} has no place here")
        try:
            result = handler(call)
            if type(result) is GeneratorType:
                # Most tasks need not wait, and those that need not are over after this line.
                wait = next(result)
                self._running = self._scheduler.resume_after(wait, result, self._done)
                self._busy = True  # now: where the kernel watches no more descriptors, there is no wait
                return
        except StopIteration as end:
            result = end.value
        except (RefusedError, ResourceExhaustedError, ResourceForbiddenError, OSError, MemoryError) as why:
            self._answer_refused(why)
            return
        if result is None:
            self._send(_NOTHING)
        else:
            self._answer(result)

    def _done(self, value: Any, error: BaseException | None) -> None:
        self._busy = False
        self._running = None
        if error is None:
            self._answer(value)
        else:
            self._answer_refused(error)

    def _answer_refused(self, error: BaseException) -> None:
        match error:
            case RefusedError(refusal=refusal, text=text, effort=effort):
                self._refuse(refusal, text, effort)
            case ResourceExhaustedError():
                self._refuse(Refusal.EXHAUSTED, str(error))
            case ResourceForbiddenError():
                self._refuse(Refusal.FORBIDDEN, str(error))
            case ViolationError():
                self._on_violation(f"the guest broke the protocol: {error}")
            case OSError() | MemoryError():  # a full disk, no descriptor, a folder that is gone: the program goes on
                why = getattr(error, "strerror", None) or "it is out of memory"
                self._refuse(Refusal.EXHAUSTED, f"this computer could not do that: {why}")
            case _:
                raise error

    def _refuse(self, refusal: Refusal, text: str, effort: int = 1) -> None:
        """Say no, and when it was said too often lately, later."""
        frame = door.encode(door.Failed(refusal, text))
        seconds = 0.0 if refusal in _NOT_YET else self._refusals.take(effort)
        if seconds <= 0:
            self._send(frame)
            return

        def send() -> None:
            self._busy, self._running = False, None
            self._send(frame)

        self._busy, self._running = True, self._scheduler.after(seconds, send)

    def _answer(self, value: Any) -> None:
        if type(value) is NewLine:
            with value.theirs as theirs:
                self._hand_over(theirs)
        else:
            frame = _NOTHING if value is None else door.encode(door.Done(value))
            self._send(frame if len(frame) <= _MAX_FRAME else _TOO_LONG)

    def _hand_over(self, theirs: socket.socket) -> None:
        """Answer with a descriptor.

        The kernel counts descriptors that are under way, for all processes of an account together, and where there
        are too many no other vessel could make a thread. So there is one on each line at most.
        """
        if _unread(self._line):
            self._on_violation("the guest asks for a thread before it has taken the answers to earlier calls")
            return
        try:
            socket.send_fds(self._line, [_NOTHING], [theirs.fileno()], socket.MSG_DONTWAIT)
        except ConnectionError:
            pass  # as below
        except OSError as why:  # too many are under way; the line's other end closes with the one here
            self._answer_refused(why)

    def _send(self, frame: bytes) -> None:
        if self._closed:
            return
        try:
            self._line.send(frame, socket.MSG_DONTWAIT)
        except BlockingIOError:
            self._on_violation("the guest does not listen to answers")
        except ConnectionError:
            pass  # the thread has gone; the line's end is on its way


# In the ordinary course of things, whoever asks again and again hears these. If they came late, so would what arrives.
_NOT_YET = frozenset({Refusal.WOULD_BLOCK, Refusal.TIMEOUT})

_NOTHING = door.encode(door.Done())
_TOO_LONG = door.encode(door.Failed(Refusal.EXHAUSTED, f"the answer is longer than the {_MAX_FRAME} bytes of a frame"))


class NewLine:
    """An answer that carries a descriptor: the guest's end of a new line."""

    __slots__ = ("theirs",)

    def __init__(self, theirs: socket.socket) -> None:
        self.theirs = theirs


def pair() -> tuple[socket.socket, socket.socket]:
    """Our end and the guest's end of a new line."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LINE_BUFFER)
    return ours, theirs


def _unread(line: socket.socket) -> int:
    """Bytes of kernel memory for what we have sent and the other end has not taken; 0 if there is nothing."""
    return int.from_bytes(fcntl.ioctl(line, termios.TIOCOUTQ, bytes(4)), sys.byteorder)
