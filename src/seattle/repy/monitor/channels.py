"""The monitor's ends of the guest's lines: decodes each call, runs it, answers it."""

import socket
from collections.abc import Callable
from types import GeneratorType
from typing import Any

import msgspec

from seattle.repy import door
from seattle.repy.door import Refusal
from seattle.repy.monitor.refused import RefusedError, ViolationError
from seattle.repy.monitor.scheduler import READABLE, Running, Scheduler
from seattle.resources.errors import ResourceExhaustedError, ResourceForbiddenError

Handler = Callable[[Any], Any]


class Channel:
    """One line, of one guest thread. Owns its socket."""

    def __init__(
        self,
        line: socket.socket,
        scheduler: Scheduler,
        handlers: dict[type, Handler],
        *,
        on_closed: Callable[["Channel"], None],
        on_violation: Callable[[str], None],
    ) -> None:
        line.setblocking(False)  # noqa: FBT003 - the standard library's signature
        self._line = line
        self._scheduler = scheduler
        self._handlers = handlers
        self._on_closed = on_closed
        self._on_violation = on_violation
        self._running: Running | None = None
        self._busy = False
        self._closed = False
        self._buffer = memoryview(bytearray(door.MAX_FRAME + 1))  # one more, so that a frame too long shows
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

    def _hear(self, _events: int) -> None:
        try:
            size = self._line.recv_into(self._buffer)
        except BlockingIOError:
            return
        except ConnectionError:
            size = 0
        if size == 0:
            self.close()
            self._on_closed(self)
            return
        try:
            self._dispatch(size)
        except (msgspec.MsgspecError, ViolationError, RecursionError) as why:
            self._on_violation(f"the guest broke the protocol: {why}")

    def _dispatch(self, size: int) -> None:
        if self._busy:
            raise ViolationError("a second call before the answer to the first")
        if size > door.MAX_FRAME:
            raise ViolationError(f"a frame of more than {door.MAX_FRAME} bytes")
        call = door.decode_call(self._buffer[:size])
        handler = self._handlers.get(type(call))
        if handler is None:
            raise ViolationError(f"{type(call).__name__} has no place here")
        try:
            result = handler(call)
        except (RefusedError, ResourceExhaustedError, ResourceForbiddenError) as why:
            self._answer_refused(why)
            return
        if type(result) is not GeneratorType:
            self._answer(door.Done(result))
            return
        self._busy = True
        running = self._scheduler.start(result, self._done)
        if self._busy and not self._closed:
            self._running = running

    def _done(self, value: Any, error: BaseException | None) -> None:
        self._busy = False
        self._running = None
        if error is None:
            self._answer(door.Done(value))
        else:
            self._answer_refused(error)

    def _answer_refused(self, error: BaseException) -> None:
        match error:
            case RefusedError(refusal=refusal, text=text):
                self._answer(door.Failed(refusal, text))
            case ResourceExhaustedError():
                self._answer(door.Failed(Refusal.EXHAUSTED, str(error)))
            case ResourceForbiddenError():
                self._answer(door.Failed(Refusal.FORBIDDEN, str(error)))
            case ViolationError():
                self._on_violation(f"the guest broke the protocol: {error}")
            case _:
                raise error

    def _answer(self, answer: door.Done | door.Failed) -> None:
        if self._closed:
            return
        try:
            if isinstance(answer, door.Done) and isinstance(answer.value, NewLine):
                with answer.value.theirs as theirs:
                    socket.send_fds(self._line, [door.encode(door.Done())], [theirs.fileno()])
            else:
                self._line.send(door.encode(answer))
        except BlockingIOError:
            self._on_violation("the guest does not listen to answers")
        except ConnectionError:
            pass  # the thread has gone; the line's end is on its way


class NewLine:
    """An answer that carries a descriptor: the guest's end of a new line."""

    __slots__ = ("theirs",)

    def __init__(self, theirs: socket.socket) -> None:
        self.theirs = theirs


def pair() -> tuple[socket.socket, socket.socket]:
    """Our end and the guest's end of a new line."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
