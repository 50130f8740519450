"""A running program as the node holds it: a line to its monitor. When the line breaks, the program ends."""

import asyncio
import json
import os
import signal
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
import structlog

from seattle.node.accounts import Account
from seattle.node.errors import Busy, NotStarted
from seattle.node.nursery import Nursery
from seattle.repy import launch
from seattle.repy.launch import LaunchError, LaunchRequest
from seattle.repy.monitor.cpu_alarm import cpu_clock
from seattle.repy.outcome import Outcome, OutcomeKind

START_PATIENCE: Final = 8.0  # seconds until a monitor has said that the program runs; less than a call may take
STOP_PATIENCE: Final = 0.7  # seconds for a monitor to stop a program before we do
LAST_PATIENCE: Final = 1.0  # seconds for a monitor to notice that its guest was killed
USAGE_PATIENCE: Final = 2.0  # seconds
ATTEMPTS: Final = 3  # at a start, when a nursery dies in the midst of it

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
            guest = await _launch(line, packet, fds)
        except BaseException:
            line.close()
            raise
        if guest is not None:
            return Run(line, guest)
        line.close()
        log.warning("launch_lost")
    raise NotStarted("the nursery died while it started the program: try again")


async def _launch(line: socket.socket, packet: bytes, fds: Sequence[int]) -> int | None:
    """The guest's process id; None if nobody was at the other end any more, so that nothing was started."""
    try:
        socket.send_fds(line, [packet], list(fds))
        async with asyncio.timeout(START_PATIENCE):
            words = await _hear(line)
    except TimeoutError as late:
        raise NotStarted(f"the program did not start within {START_PATIENCE:g} s: try again later") from late
    except OSError:
        return None
    match words:
        case [launch.STARTED, pid, *_]:
            return int(pid)
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
    ended: asyncio.Event = field(default_factory=asyncio.Event)  # set by whoever follows it, once all is recorded
    traffic: int = 0  # bytes exchanged with other computers, as far as its monitor has told
    told: tuple[bool, str] | None = None  # whether its monitor lets it stand still, and its CPU share; None: who knows
    _guest_fd: int = -1
    _monitor: int = -1  # process id
    _usage: "asyncio.Future[Usage] | None" = None

    def __post_init__(self) -> None:
        with suppress(ProcessLookupError):  # it has ended already; its monitor will say so
            self._guest_fd = os.pidfd_open(self.guest)
        with suppress(OSError, ValueError):
            self._monitor = int(Path(f"/proc/{self.guest}/stat").read_text().rpartition(")")[2].split()[1])

    async def follow(self) -> Outcome | None:
        """Listen to the monitor until the program has ended; None if the monitor died without a word."""
        try:
            while True:
                match await _hear(self.line):
                    case [launch.ENDED, _, kind, detail, *more]:
                        self._take_traffic(more)
                        return Outcome(OutcomeKind(kind), detail)
                    case [launch.USAGE, text, *_]:
                        self._take_usage(text)
                    case _:
                        return None
        except OSError:
            return None
        finally:
            self._hang_up()

    async def stop(self, by: str) -> None:
        """End the program, whatever it does: within a second, or Busy is raised and it still ends.

        `by`: who wants that, for the outcome.
        """
        if not self.ended.is_set():
            with suppress(OSError):
                self.line.send(launch.pack(launch.STOP, by))
        if await self._gone_within(STOP_PATIENCE):
            return
        log.warning("monitor_too_slow", guest=self.guest)
        if self._guest_fd >= 0:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._guest_fd, signal.SIGKILL)
        if await self._gone_within(LAST_PATIENCE):
            return
        with suppress(OSError):
            self.line.shutdown(socket.SHUT_RDWR)  # `follow` ends, and so does a monitor that comes to itself
        if not await self._gone_within(LAST_PATIENCE):
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

    async def _gone_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self.ended.wait()
        except TimeoutError:
            return False
        return True

    def _hang_up(self) -> None:
        self.line.close()
        if self._guest_fd >= 0:
            os.close(self._guest_fd)
            self._guest_fd = -1
        if self._usage is not None:
            self._usage.cancel()
            self._usage = None


async def _hear(line: socket.socket) -> list[str]:
    """The words of the next packet; one empty word when the other end is gone."""
    return launch.unpack(await asyncio.get_running_loop().sock_recv(line, launch.MAX_PACKET))
