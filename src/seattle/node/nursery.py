"""The node's nursery: a warmed process from which programs are started, kept alive behind one socket."""

import asyncio
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import structlog

from seattle.node.errors import NurseryGone
from seattle.repy.spawn import listen, spawn_nursery

FIRST_PAUSE: Final = 0.05  # seconds before a nursery that died is replaced; twice as long each time
LONGEST_PAUSE: Final = 30.0  # seconds
GOOD_LIFE: Final = 30.0  # seconds after which a death counts as the first again
END_PATIENCE: Final = 2.0  # seconds for a nursery to end by itself
CONNECT_PATIENCE: Final = 5.0  # seconds to get into the queue of a nursery

_SOCKET: Final = "nursery"
_STDERR: Final = 2  # what a monitor or a nursery has to complain about goes where our own log goes

log = structlog.get_logger()


class Nursery:
    """Keeps a nursery running. Use it with `async with`.

    The socket is ours: while a nursery is replaced, launches wait in its queue.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder_path = folder
        self._clock = clock
        self._folder = -1
        self._listener: socket.socket | None = None
        self._keeper: asyncio.Task[None] | None = None
        self.pid: int | None = None  # of the nursery of the moment

    async def __aenter__(self) -> Self:
        self._folder = os.open(self._folder_path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        (self._folder_path / _SOCKET).unlink(missing_ok=True)  # of an earlier daemon; there is one at a time
        self._listener = listen(self._path)
        self._keeper = asyncio.create_task(self._keep(self._listener), name="nursery")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        if self._listener is not None:
            self._listener.close()
        (self._folder_path / _SOCKET).unlink(missing_ok=True)
        os.close(self._folder)

    async def connect(self) -> socket.socket:
        """A line to a nursery, which turns into the monitor of one program. Raises NurseryGone."""
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line.setblocking(False)  # noqa: FBT003 - the standard library's signature
        try:
            async with asyncio.timeout(CONNECT_PATIENCE):
                while True:
                    try:
                        line.connect(self._path)
                    except BlockingIOError:  # its queue is full
                        await asyncio.sleep(FIRST_PAUSE)
                    else:
                        return line
        except (OSError, TimeoutError) as why:
            line.close()
            raise NurseryGone("programs can't be started at the moment: the nursery doesn't answer") from why
        except BaseException:
            line.close()
            raise

    @property
    def _path(self) -> str:
        # A socket's path has 107 bytes at most; a folder's may be longer.
        return f"/proc/self/fd/{self._folder}/{_SOCKET}"

    async def _keep(self, listener: socket.socket) -> None:
        deaths = 0
        while True:
            born = self._clock()
            try:
                code: int | None = await self._live(listener)
            except OSError as why:  # no process or no descriptor to be had
                log.warning("nursery_not_born", error=str(why))
                code = None
            deaths = 1 if self._clock() - born > GOOD_LIFE else deaths + 1
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(deaths - 1, 16))
            log.warning("nursery_died", code=code, deaths=deaths, next_in=pause)
            await asyncio.sleep(pause)

    async def _live(self, listener: socket.socket) -> int:
        """One nursery from birth to death: its exit code, negative for a signal."""
        lifeline, ours = os.pipe()
        try:
            try:
                process = spawn_nursery(listener, lifeline=lifeline, log=_STDERR)
            finally:
                os.close(lifeline)
            self.pid = process.pid
            log.info("nursery_started", pid=process.pid)
            try:
                await _ended(process)
            finally:
                os.close(ours)
                ours = -1
                self.pid = None
                await asyncio.shield(_see_off(process))
        finally:
            if ours >= 0:
                os.close(ours)
        return process.returncode


async def _ended(process: "subprocess.Popen[bytes]") -> None:
    """Wait until the process has ended, without reaping it."""
    loop = asyncio.get_running_loop()
    gone = asyncio.Event()
    fd = os.pidfd_open(process.pid)
    loop.add_reader(fd, gone.set)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(fd)
        os.close(fd)


async def _see_off(process: "subprocess.Popen[bytes]") -> None:
    try:
        async with asyncio.timeout(END_PATIENCE):
            await _ended(process)
    except TimeoutError:
        process.send_signal(signal.SIGKILL)
    await asyncio.to_thread(process.wait)
