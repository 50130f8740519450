"""A process of the testbed's: it says when it serves, and ends when we do, however that happens."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Self

import structlog

from seattle.testbed.errors import TestbedError

START_PATIENCE: Final = 30.0  # seconds until it has to serve
STOP_PATIENCE: Final = 10.0  # seconds that it gets to end by itself
_LOG_TAIL: Final = 10  # lines of its log in an error
_MAX_LINE: Final = 4096  # bytes

log = structlog.get_logger()


class Child:
    """One process."""

    def __init__(self, name: str, log_file: Path, process: asyncio.subprocess.Process, ready: int) -> None:
        self.name = name
        self.process = process
        self._log_file = log_file
        self._ready = ready  # -1 once it is closed

    @classmethod
    async def start(
        cls,
        name: str,
        module: str,
        words: Sequence[str],
        *,
        log_file: Path,
        lifeline: int,
        environment: Mapping[str, str] | None = None,
    ) -> Self:
        """Run `python -m MODULE WORDS...`, which has to know `--exit-with-parent-fd` and `--ready-fd`.

        It ends when the other end of `lifeline` is closed.
        """
        ready, tell = os.pipe()
        try:
            with log_file.open("ab") as output:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-P", "-m", module, *words),
                    *("--exit-with-parent-fd", str(lifeline)),
                    *("--ready-fd", str(tell)),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env=environment,
                    pass_fds=[lifeline, tell],
                    start_new_session=True,  # Ctrl-C is for us; we stop it when we are ready to
                )
        except BaseException:
            os.close(ready)
            raise
        finally:
            os.close(tell)
        return cls(name, log_file, process, ready)

    async def wait_until_ready(self) -> str:
        """Return what it says when it serves. Raises TestbedError with the end of its log."""
        loop, heard = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._ready, heard.set)
        try:
            async with asyncio.timeout(START_PATIENCE):
                await heard.wait()
            said = os.read(self._ready, _MAX_LINE)
            if not said:
                raise TestbedError(f"{self.name} ended before it served\n{self.log_tail()}")
            return said.decode().strip()
        except TimeoutError as why:
            raise TestbedError(f"{self.name} did not serve within {START_PATIENCE:.0f} s\n{self.log_tail()}") from why
        finally:
            loop.remove_reader(self._ready)
            self._close_ready()

    async def stop(self) -> None:
        """End it: a node stops its programs first. Does nothing when it has ended."""
        self._close_ready()
        if self.process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGINT)  # SIGTERM would have a node leave its programs to the next daemon
            try:
                async with asyncio.timeout(STOP_PATIENCE):
                    await self.process.wait()
            except TimeoutError:
                log.warning("process_killed", name=self.name, waited_seconds=STOP_PATIENCE)
                self.process.kill()
                await self.process.wait()

    def _close_ready(self) -> None:
        ready, self._ready = self._ready, -1
        if ready >= 0:
            os.close(ready)

    def log_tail(self) -> str:
        """The end of what it wrote."""
        try:
            text = self._log_file.read_text(encoding="utf-8", errors="replace")
        except OSError as why:
            return f"(its log can't be read: {why.strerror})"
        return "\n".join(text.splitlines()[-_LOG_TAIL:])


@contextmanager
def lifeline() -> Iterator[int]:
    """A descriptor for children to inherit: its other end closes when this process ends."""
    inherited, held = os.pipe()
    try:
        yield inherited
    finally:
        os.close(held)
        os.close(inherited)
