"""How a supervisor becomes its successor without risk: a copy of the old one watches, and takes over again.

The old process becomes the new one (exec), so the daemon stays its child. Before, it forks a guardian, which hears on a
pipe what the new one says: `up` once it does its work, `stay` once it has done so for a while and has taken the old
one's place on the disk, `bye` if it is told to end. Silence, or the end of the pipe, is a failure.
"""

import contextlib
import fcntl
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import Final, NoReturn

from .bounds import Bounds
from .versions import Home

LOCK: Final = "lock"  # in a home; its supervisor holds it, or whoever makes or removes the home
UP: Final = b"up\n"
STAY: Final = b"stay\n"
BYE: Final = b"bye\n"
NEW: Final = "supervisor.new"  # in a home: the one that is on trial
REFUSED: Final = "supervisor.refused"  # the last that has failed


def lock(home: Home, *, within: float = 0.0) -> int:
    """Be the only supervisor of a home, for as long as the descriptor is open; -1 if another is, all that time."""
    fd = os.open(home.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + within
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                os.close(fd)
                return -1
            time.sleep(0.05)
        else:
            return fd


def command(file: Path, home: Home, bounds: Bounds, *more: str) -> list[str]:
    """What starts a supervisor."""
    words = ["-I", "-S", str(file), "--home", str(home.folder), "--bounds", bounds.words()]
    return [sys.executable, *words, *more]


def fork_guardian(home: Home, bounds: Bounds) -> int:
    """Have ourselves watched; where to say what the guardian waits for."""
    hear, tell = os.pipe()
    supervisor = os.getpid()
    if os.fork() == 0:
        try:
            _guard(hear, supervisor, home, bounds)
        finally:
            os._exit(1)
    os.close(hear)
    return tell


def say(fd: int, word: bytes) -> None:
    """Tell the guardian, if it is still there."""
    with contextlib.suppress(OSError):  # whoever watched has gone
        os.write(fd, word)


def _guard(hear: int, supervisor: int, home: Home, bounds: Bounds) -> NoReturn:
    """In the guardian: wait, and take over if need be."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.dup2(hear, 3)
    os.closerange(4, os.sysconf("SC_OPEN_MAX"))  # the lock above all: who holds it is the supervisor
    if _hears(UP, within=bounds.come_up) and _hears(STAY, within=2 * bounds.stay + bounds.come_up):
        os._exit(0)
    if os.getppid() == supervisor:
        os.kill(supervisor, signal.SIGKILL)
    with contextlib.suppress(OSError):  # it has taken the old one's name already, or the disk is full
        (home.folder / NEW).replace(home.folder / REFUSED)
    time.sleep(bounds.step_aside)
    if (fd := lock(home)) >= 0:
        os.close(fd)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        words = command(home.supervisor, home, bounds)
        os.execv(words[0], words)  # noqa: S606 - no shell
    os._exit(0)


def _hears(word: bytes, *, within: float) -> bool:
    """Whether this is said in time. Ends this process if the other one says that it ends."""
    until = time.monotonic() + within
    said = b""
    while word not in said:
        wait = until - time.monotonic()
        if wait <= 0 or not select.select([3], [], [], wait)[0]:
            return False
        part = os.read(3, 64)
        said += part
        if BYE in said:
            os._exit(0)
        if not part:
            return False
        if UP in said and STAY in said:  # both at once
            os._exit(0)
    return True
