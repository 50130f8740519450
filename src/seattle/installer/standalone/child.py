"""A process of the supervisor's: begun with little, ended in order, and gone when the supervisor has died."""

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NoReturn

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h
_LOOK: Final = 0.02  # seconds between looks whether a process has ended
_KEPT: Final = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
_KEPT_PREFIXES: Final = ("LC_", "XDG_", "DBUS_", "SEATTLE_NODE_")
_RESTORED: Final = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


@dataclass
class Child:
    """One process. Times are of `time.monotonic`."""

    pid: int
    began: float
    ready_fd: int = -1  # says when it serves; -1 once it has, or if it never will
    ready_since: float | None = None
    takes_all: bool = False  # whether what it has started ends with it; a daemon's programs live on
    code: int | None = field(default=None, compare=False)  # as os.waitstatus_to_exitcode says it

    def has_ended(self) -> bool:
        """Whether it has; `code` says how."""
        if self.code is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:  # somebody else has waited for it
                pid, status = self.pid, 0
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
                self.close()
        return self.code is not None

    def hear(self, now: float) -> None:
        """Take what it says of being ready."""
        try:
            said = os.read(self.ready_fd, 64)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        if said:
            self.ready_since = now
        self.close()

    def close(self) -> None:
        """Let go of its descriptor."""
        if self.ready_fd >= 0:
            os.close(self.ready_fd)
            self.ready_fd = -1

    def end(self, number: signal.Signals, *, within: float) -> int:
        """Send it a signal and wait until it has ended; kill it if it has not in time. Its exit code. Blocks."""
        if not self.has_ended():
            self._signal(number)
        return self.finish(within=within)

    def finish(self, *, within: float) -> int:
        """Wait until it has ended; kill it if it has not in time. Its exit code. Blocks."""
        if not self.wait(within):
            self._signal(signal.SIGKILL)
            self.wait(None)
        return self.code or 0

    def _signal(self, number: signal.Signals) -> None:
        if self.takes_all:
            with contextlib.suppress(ProcessLookupError):  # it has no session of its own yet, and has started nobody
                os.killpg(self.pid, number)
                return
        os.kill(self.pid, number)

    def wait(self, within: float | None) -> bool:
        """Wait until it has ended, or so many seconds are over; whether it has. Blocks."""
        until = None if within is None else time.monotonic() + within
        while not self.has_ended():
            if until is not None and time.monotonic() > until:
                return False
            time.sleep(_LOOK)
        return True


def spawn(command: Sequence[str], *, log: int, tells_ready: bool = False, nice: int = 0) -> Child:
    """Start a program that writes into `log`, and gets SIGTERM when the thread that called this has died.

    With `tells_ready`, `--ready-fd N` is added to its words.
    """
    ready, tell = os.pipe() if tells_ready else (-1, -1)
    words = [*command, "--ready-fd", str(tell)] if tells_ready else list(command)
    try:
        pid = os.fork()
    except BaseException:
        _close(ready, tell)
        raise
    if pid == 0:
        _become(words, log, tell, nice)
    _close(tell)
    if ready >= 0:
        os.set_blocking(ready, False)
    return Child(pid, time.monotonic(), ready, takes_all=not tells_ready)


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """What of an environment is passed on: where things are and how people write, and no setting of Python's."""
    return {
        name: text
        for name, text in given.items()
        if name in _KEPT or name.startswith(_KEPT_PREFIXES) or name.lower().endswith("_proxy")
    }


def _become(words: list[str], log: int, tell: int, nice: int) -> NoReturn:
    """In the child: be that program."""
    try:
        parent = os.getppid()
        os.setsid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
        if os.getppid() != parent:  # it died before that
            os._exit(0)
        for number in _RESTORED:
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        nothing = os.open(os.devnull, os.O_RDONLY)
        for target, source in enumerate((nothing, log, log)):
            os.dup2(source, target)
        if tell >= 0:
            os.set_inheritable(tell, True)  # noqa: FBT003 - the standard library's signature
        if nice:
            os.nice(nice)
        os.chdir("/")
        os.execve(words[0], words, environment(os.environ))  # noqa: S606 - no shell
    except BaseException as why:  # noqa: BLE001 - nothing of ours may go on in here
        os.write(2, f"{words[0]} can't be started: {why}\n".encode())
    finally:
        sys.stderr.flush()
        os._exit(127)


def _close(*descriptors: int) -> None:
    for fd in descriptors:
        if fd >= 0:
            os.close(fd)
