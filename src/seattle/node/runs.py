"""A running program as the node holds it: a line to its monitor.

When the line breaks the program runs on, for as long as the launch request says, and waits for the next daemon, which
adopts it. So whoever does not want a program any more has to say so.
"""

import asyncio
import json
import os
import signal
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Final

import msgspec
import psutil
import structlog

from seattle.node.accounts import Account
from seattle.node.control_sockets import ControlSockets
from seattle.node.errors import Busy, NotStarted
from seattle.node.nursery import Nursery
from seattle.repy import launch
from seattle.repy.launch import LaunchError, LaunchRequest
from seattle.repy.monitor.cpu_alarm import cpu_clock
from seattle.repy.outcome import Outcome, OutcomeKind

START_PATIENCE: Final = 8.0  # seconds until a monitor has said that the program runs; less than a call may take
STOP_PATIENCE: Final = 0.7  # seconds for a monitor to stop a program before we do
LAST_PATIENCE: Final = 1.0  # seconds for a monitor to notice that its guest was killed
RECORD_PATIENCE: Final = 5.0  # seconds for a slow disk to take down how a program has ended
USAGE_PATIENCE: Final = 2.0  # seconds
HERE_PATIENCE: Final = 1.0  # seconds for a monitor to say that it is there
GUEST_PATIENCE: Final = 5.0  # seconds for the kernel to take a program away whose monitor has died
MOST_QUESTIONS: Final = 16  # of one program that are answered at a time
ATTEMPTS: Final = 3  # at a start, when a nursery dies in the midst of it
GIVEN_UP: Final = "the node, which gave up waiting for it to begin"  # in outcomes

_CREDENTIALS: Final = struct.Struct("3i")  # process, user and group, as SCM_CREDENTIALS has them

Answer = Callable[[Sequence[str]], Awaitable[list[str]]]

log = structlog.get_logger()


class Usage(msgspec.Struct, frozen=True, array_like=True):
    """What a monitor says about a program's resources, in the units of `Meter.usage`."""

    limits: dict[str, float | list[int]]
    usage: dict[str, float | list[int]]
    stop_times: list[tuple[float, float]]  # (at, for) seconds
    account: Account = Account()


class EndedEarly(NotStarted):
    """The program did not begin, and its monitor has recorded why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"the program did not start: {outcome}")
        self.outcome = outcome


async def start(nursery: Nursery, request: LaunchRequest, fds: Sequence[int]) -> "Run":
    """Start a program; return when its monitor says that it runs. The descriptors stay the caller's.

    Raises NotStarted (the text says why), EndedEarly, NurseryGone.
    """
    try:
        packet = request.encode()
    except LaunchError as why:
        raise NotStarted(str(why)) from why
    for _ in range(ATTEMPTS):
        line = await nursery.connect()
        try:
            run = await _launch(line, packet, fds)
        except BaseException:
            with suppress(OSError):  # it may begin after all, and it would not notice that we are gone
                line.send(launch.pack(launch.STOP, GIVEN_UP))
            line.close()
            raise
        if run is not None:
            return run
        line.close()
        log.warning("launch_lost")
    raise NotStarted("the nursery died while it started the program: try again")


async def adopt(sockets: ControlSockets, name: str) -> "Run | None":
    """The run of this name that an earlier daemon has started; None if its monitor does not answer (yet)."""
    try:
        line = sockets.connect(name)
    except OSError:
        return None
    with ExitStack() as undo:
        undo.callback(line.close)
        try:
            async with asyncio.timeout(HERE_PATIENCE):
                words, monitor = await _hear_whom(line)
        except (TimeoutError, OSError):
            return None
        match words:
            case [launch.HERE, told, guest, _started_at] if told == name:
                undo.pop_all()
                return _run(line, guest, monitor)
    log.warning("adoption_refused", run=name, heard=words[:2])
    return None


async def _launch(line: socket.socket, packet: bytes, fds: Sequence[int]) -> "Run | None":
    """What runs now; None if nobody was at the other end any more, so that nothing was started."""
    try:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        socket.send_fds(line, [packet], list(fds))
        async with asyncio.timeout(START_PATIENCE):
            words, monitor = await _hear_whom(line)
    except TimeoutError as late:
        raise NotStarted(f"the program did not start within {START_PATIENCE:g} s: try again later") from late
    except OSError:
        return None
    match words:
        case [launch.STARTED, guest, *_]:
            return _run(line, guest, monitor)
        case [launch.REFUSED, reason, *_]:
            raise NotStarted(f"the program was not started: {reason}")
        case [launch.ENDED, _, kind, detail, *_]:
            raise EndedEarly(Outcome(OutcomeKind(kind), detail))
    return None


@dataclass(eq=False)
class Run:
    """One program that runs. Somebody has to `follow` it until its end."""

    line: socket.socket
    guest: int  # process id
    _guest_fd: int  # -1: it has ended already, and its monitor will say so; as for the next
    _monitor_fd: int
    _monitor: int  # process id; 0: nobody knows
    gone: asyncio.Event = field(default_factory=asyncio.Event)  # set when nothing is left of it
    ended: asyncio.Event = field(default_factory=asyncio.Event)  # set by whoever follows it, once all is recorded
    traffic: int = 0  # bytes exchanged with other computers, as far as its monitor has told
    told: tuple[bool, str] | None = None  # whether its monitor lets it stand still, and its CPU share; None: who knows
    answer: Answer | None = None  # of what its program asks
    _answering: set[asyncio.Task[None]] = field(default_factory=set)
    _usage: "asyncio.Future[Usage] | None" = None

    async def follow(self) -> Outcome | None:
        """Listen to the monitor until the program has ended; None if the monitor died without a word.

        When it returns there is nothing left of the program. Cancelled, it hangs up, and the program runs on.
        """
        outcome = None
        try:
            outcome = await self._hear_to_the_end()
            if outcome is None:
                await self._bury_guest()
        finally:
            self._hang_up()
            self.gone.set()
        return outcome

    async def _hear_to_the_end(self) -> Outcome | None:
        try:
            while True:
                match await _hear(self.line):
                    case [launch.ENDED, _, kind, detail, *more]:
                        self._take_traffic(more)
                        return Outcome(OutcomeKind(kind), detail)
                    case [launch.USAGE, text, *_]:
                        self._take_usage(text)
                    case [launch.ASK, number, *question]:
                        self._take_question(number, question)
                    case _:
                        return None
        except OSError:
            return None

    async def _bury_guest(self) -> None:
        """Make sure of what the kernel promises: that a program dies with its monitor."""
        _kill(self._guest_fd)
        if self._guest_fd >= 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(GUEST_PATIENCE):
                    await _end_of(self._guest_fd)

    async def stop(self, by: str) -> None:
        """End the program, whatever it does: within a second, or Busy is raised and it still ends.

        `by`: who wants that, for the outcome.
        """
        await self._see_it_gone(by)
        if not await _within(RECORD_PATIENCE, self.ended):
            raise Busy("the program has ended, and the disk has not taken that down yet: look again in a moment")

    async def _see_it_gone(self, by: str) -> None:
        if not self.gone.is_set():
            with suppress(OSError):
                self.line.send(launch.pack(launch.STOP, by))
        if await _within(STOP_PATIENCE, self.gone):
            return
        log.warning("monitor_too_slow", guest=self.guest)
        _kill(self._guest_fd)
        if await _within(LAST_PATIENCE, self.gone):
            return
        _kill(self._monitor_fd)
        if not await _within(LAST_PATIENCE, self.gone):
            raise Busy("the program was told to stop and has not ended yet: look again in a moment")

    def obey(self, *, frozen: bool, cpu: str) -> None:
        """Let the program stand still or go on, with this CPU share; saying so again changes nothing."""
        if self.told == (frozen, cpu):
            return
        try:
            self.line.send(launch.pack(launch.CPU, cpu))
            self.line.send(launch.pack(launch.FREEZE if frozen else launch.THAW))
        except OSError as why:  # it ends just now, or its monitor is too busy to listen: the next time, then
            log.warning("monitor_not_told", guest=self.guest, error=str(why))
        else:
            self.told = (frozen, cpu)

    def cpu_used(self) -> dict[int, float]:
        """CPU seconds so far of the program and of its monitor, by process id."""
        used = {}
        for pid in (self.guest, self._monitor):
            with suppress(OSError):  # it has ended
                used[pid] = time.clock_gettime(cpu_clock(pid))
        return used

    async def usage(self) -> Usage | None:
        """What the program uses now; None if its monitor doesn't say in time."""
        if self._usage is None:
            self._usage = asyncio.get_running_loop().create_future()
            try:
                self.line.send(launch.pack(launch.USAGE))
            except OSError:
                self._usage = None
                return None
        waiting = self._usage
        await asyncio.wait({waiting}, timeout=USAGE_PATIENCE)  # several may wait for the same answer
        return waiting.result() if waiting.done() and not waiting.cancelled() else None

    def _take_traffic(self, words: Sequence[str]) -> None:
        with suppress(ValueError, OverflowError):
            self.traffic = max(self.traffic, *(int(float(word)) for word in words[:1]), 0)

    def _take_question(self, number: str, question: list[str]) -> None:
        if len(self._answering) >= MOST_QUESTIONS:
            self._say(number, [launch.FAILED, f"{MOST_QUESTIONS} questions of this program wait: ask one by one"])
            return
        task = asyncio.create_task(self._answer(number, question), name="answer a program")
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, number: str, question: list[str]) -> None:
        if self.answer is not None:
            self._say(number, await self.answer(question))

    def _say(self, number: str, words: Sequence[str]) -> None:
        with suppress(OSError):  # it ends just now, or does not listen: then it has no answer
            self.line.send(launch.pack(launch.ANSWER, number, *words))

    def _take_usage(self, text: str) -> None:
        waiting, self._usage = self._usage, None
        if waiting is None or waiting.done():
            return
        try:
            usage = msgspec.convert(json.loads(text), Usage)
            self._take_traffic([str(usage.usage.get("traffic", 0))])
            waiting.set_result(usage)
        except (ValueError, msgspec.ValidationError) as why:
            log.warning("usage_unreadable", error=str(why))
            waiting.cancel()

    def _hang_up(self) -> None:
        for task in self._answering:
            task.cancel()
        self.line.close()
        for fd in (self._guest_fd, self._monitor_fd):
            if fd >= 0:
                os.close(fd)
        self._guest_fd = self._monitor_fd = -1
        if self._usage is not None:
            self._usage.cancel()
            self._usage = None


def _run(line: socket.socket, guest: str, monitor: int) -> Run:
    """The run at the other end of `line`, where process `monitor` says that process `guest` is its program.

    A monitor's word is not enough: we may come to kill that process, and what is killed must be the monitor's child.
    """
    monitor_fd = _process_fd(monitor)
    if monitor_fd >= 0 and not _is_there(line):  # its number may be somebody else's by now
        os.close(monitor_fd)
        monitor_fd = -1
    pid = int(guest) if guest.isascii() and guest.isdigit() else 0
    guest_fd = _process_fd(pid)
    if guest_fd >= 0 and (monitor_fd < 0 or _parent_of(pid) != monitor):
        os.close(guest_fd)
        guest_fd = -1
    return Run(line, pid, guest_fd, monitor_fd, monitor)


def _process_fd(pid: int) -> int:
    try:
        return os.pidfd_open(pid) if pid > 0 else -1
    except OSError:
        return -1


def _is_there(line: socket.socket) -> bool:
    """Whether the other end has neither hung up nor said anything more."""
    try:
        line.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def _parent_of(pid: int) -> int:
    try:
        return psutil.Process(pid).ppid()
    except (psutil.Error, OverflowError):
        return -1


def _kill(process_fd: int) -> None:
    if process_fd >= 0:
        with suppress(OSError):  # it has ended
            signal.pidfd_send_signal(process_fd, signal.SIGKILL)


async def _within(seconds: float, event: asyncio.Event) -> bool:
    """Whether it comes in time."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def _end_of(process_fd: int) -> None:
    loop, gone = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(process_fd, gone.set)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(process_fd)


async def _hear_whom(line: socket.socket) -> tuple[list[str], int]:
    """The words of the next packet, and the process that has sent them, as the kernel tells it (0: it does not)."""
    loop, heard = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(line.fileno(), heard.set)
    try:
        await heard.wait()
    finally:
        loop.remove_reader(line.fileno())
    packet, notes, _flags, _address = line.recvmsg(launch.MAX_PACKET, socket.CMSG_SPACE(_CREDENTIALS.size))
    senders = [_CREDENTIALS.unpack(data)[0] for _level, kind, data in notes if kind == socket.SCM_CREDENTIALS]
    return launch.unpack(packet), senders[0] if senders else 0


async def _hear(line: socket.socket) -> list[str]:
    """The words of the next packet; one empty word when the other end is gone."""
    return launch.unpack(await asyncio.get_running_loop().sock_recv(line, launch.MAX_PACKET))
