"""From the request to the end of a run: what `repy` hears from the monitor and tells it."""

import _signal  # type: ignore[import-not-found]  # no stubs for it; but `signal` would import `enum`
import _socket  # not `socket`: that imports `selectors` and `enum`, half as much as Python itself
import os
import sys
from select import select

from seattle.repy import launch
from seattle.repy.cli.doorstep import connect

TYPE_CHECKING = False
if TYPE_CHECKING:  # as type checkers know it; `typing` itself takes milliseconds
    from seattle.repy.cli.reasons import Reason

LOST = 7  # the monitor went away without a word
LOST_KIND = "crashed"
LOST_DETAIL = "the program's monitor is gone, and the program with it"

_STDOUT = 1
_HASTE = 1.0  # seconds that a reader of a stopped run's output may take for nothing at all
_LOOK_UP = 0.2  # seconds between two looks at what may end the run
CTRL_C = "Ctrl-C"
_STOPPING = {_signal.SIGINT: CTRL_C, _signal.SIGTERM: "SIGTERM", _signal.SIGHUP: "SIGHUP"}
_BY_SIGNAL = 128  # plus the signal: the exit code of what it has ended, as shells have it


class RefusedError(Exception):
    """The monitor did not take the request, so nothing was run; the text says why."""


class Ended:
    """How a run ended, and what `repy` is about to return."""

    __slots__ = ("code", "detail", "kind", "traffic")

    def __init__(self, code: int, kind: str, detail: str, traffic: int) -> None:
        self.code = code
        self.kind = kind  # the value of an OutcomeKind
        self.detail = detail
        self.traffic = traffic  # bytes on the network

    def facts(self) -> dict[str, object]:
        """The same for JSON."""
        return {"kind": self.kind, "detail": self.detail, "exit_code": self.code, "traffic": self.traffic}


class Audience:
    """Whoever wants to know what becomes of the run."""

    @property
    def is_behind(self) -> bool:
        """Whether it has more to write to stdout than its reader has taken. No more output is taken meanwhile."""
        return False

    def catch_up(self) -> None:
        """Write as much of that as the reader takes now."""

    def started(self, guest: int) -> None:
        """The program begins, in the process with this number."""

    def refused(self, why: str) -> None:
        """There is no run, and will be none."""

    def noted(self, text: str) -> None:
        """The sandbox has something to say while the program runs."""

    def ended(self, how: Ended) -> None:
        """The run is over."""


class Output:
    """A pipe with the program's output, where `repy` passes it on itself. Owns both ends."""

    def __init__(self) -> None:
        self.fd, self.writing_end = os.pipe()
        self._is_ours = True

    def is_theirs(self) -> None:
        """The monitor has the writing end: let go of ours, so that we see the end of theirs."""
        if self._is_ours:
            os.close(self.writing_end)
            self._is_ours = False

    def pass_on(self) -> bool:
        """Take what is there. False at its end."""
        raise NotImplementedError


def converse(
    request: bytes,
    fds: list[int],
    audience: list[Audience],
    reasons: "list[Reason]",
    output: Output | None = None,
) -> int | None:
    """Have a nursery run the program; its exit code. None if the nursery left before it took the request.

    `fds` travel with the request. `reasons` are looked at all the time: what one returns ends the run, and is why.
    Raises RefusedError if the monitor refuses the request, OSError if no nursery is to be had.
    """
    nursery = connect()
    rights = b"".join(fd.to_bytes(4, sys.byteorder) for fd in fds)
    # The program may have begun to write before we are ready for a signal, which then waits until we are.
    before = _signal.pthread_sigmask(_signal.SIG_BLOCK, _STOPPING)
    try:
        nursery.sendmsg([request], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)])
        signals = _stop_on_signals(nursery)
    except ConnectionError:  # it was about to leave, for want of work
        return None
    finally:
        _signal.pthread_sigmask(_signal.SIG_SETMASK, before)
    begun = False
    while True:
        _attend(nursery, signals, reasons, output, audience)
        words = _hear(nursery)
        if output is not None and words:
            output.is_theirs()
        match words:
            case [launch.STARTED, guest]:
                begun = True
                for one in audience:
                    one.started(int(guest))
            case [launch.NOTE, text]:
                for one in audience:
                    one.noted(text)
            case [launch.ENDED, code, kind, detail, traffic]:
                return _end(audience, output, signals, Ended(int(code), kind, detail, int(traffic)))
            case [launch.REFUSED, why]:
                raise RefusedError(why)
            case _ if begun:
                return _end(audience, output, signals, Ended(LOST, LOST_KIND, LOST_DETAIL, 0))
            case _:
                return None


def _stop_on_signals(nursery: _socket.socket) -> int:
    """The first one stops the program, and a second one does not even wait for that.

    Returns a descriptor that becomes readable with each: one that comes just before a wait would otherwise be heeded
    only after it.
    """
    asked: list[int] = []

    def stop(number: int, _frame: object) -> None:
        if asked:
            os._exit(_BY_SIGNAL + number)
        asked.append(number)
        _ask_to_stop(nursery, _STOPPING[number])

    for number in _STOPPING:
        if _signal.getsignal(number) != _signal.SIG_IGN:  # `nohup repy`, or `repy &` in a script
            _signal.signal(number, stop)
    awake, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    _signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    return awake


def _hear(nursery: _socket.socket) -> list[str]:
    """The monitor's next words; none if it has gone."""
    try:
        return launch.unpack(nursery.recv(launch.MAX_PACKET))
    except ConnectionError:
        return []


def _attend(
    nursery: _socket.socket, signals: int, reasons: "list[Reason]", output: Output | None, audience: list[Audience]
) -> None:
    """Until the monitor says something. Meanwhile the output is passed on; a slow reader keeps us from nothing else."""
    while True:
        behind = [one for one in audience if one.is_behind]
        hear = [nursery.fileno(), signals, *([] if output is None or behind else [output.fd])]
        ready, _, _ = select(hear, [_STDOUT] if behind else [], [], _LOOK_UP if reasons else None)
        if nursery.fileno() in ready:  # looked at first: it says that the program begins before that writes anything
            return
        if signals in ready:
            os.read(signals, 64)
        for one in behind:
            one.catch_up()
        if output is not None and output.fd in ready and not output.pass_on():
            output = None
        for reason in reasons:
            why = reason()
            if why is not None:
                _ask_to_stop(nursery, why)
                reasons.clear()  # it is asked once
                break


def _ask_to_stop(nursery: _socket.socket, why: str) -> None:
    try:  # noqa: SIM105 - contextlib takes a millisecond
        nursery.send(launch.pack(launch.STOP, why))
    except OSError:
        pass  # it ends anyway


def _end(audience: list[Audience], output: Output | None, signals: int, how: Ended) -> int:
    while output is not None and output.pass_on():  # up to the end of the monitor, which holds the other end
        pass
    for one in audience:
        one.ended(how)
    _let_catch_up(audience, signals, in_haste=how.kind == "stopped")
    return how.code


def _let_catch_up(audience: list[Audience], signals: int, *, in_haste: bool) -> None:
    """A slow reader gets all the time, unless somebody wants the run to be over."""
    while behind := [one for one in audience if one.is_behind]:
        heard, taken, _ = select([signals], [_STDOUT], [], _HASTE if in_haste else None)
        if not heard and not taken:
            return
        if heard:
            os.read(signals, 64)
            in_haste = True
        for one in behind:
            one.catch_up()
