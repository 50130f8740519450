"""Starting a nursery: a fresh interpreter with a clean environment, a listening socket, and nothing else of ours."""

import os
import socket
import subprocess
import sys
from pathlib import Path

BACKLOG = 256  # launches that may wait while a nursery warms up


def listen(path: str | Path) -> socket.socket:
    """A listening socket that launchers can connect to; only this user's processes can."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        listener.bind(str(path))
        Path(path).chmod(0o600)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def spawn_nursery(
    listener: socket.socket, *, lifeline: int | None = None, linger: float | None = None, log: int | None = None
) -> "subprocess.Popen[bytes]":
    """Start a nursery on `listener`. Launchers may connect at once: they wait in the backlog.

    `lifeline` is a descriptor whose closed other end is the nursery's end; `linger` the seconds that it stays
    without work; `log` a descriptor for what it has to complain about.
    """
    words = [str(word) if word is not None else "-" for word in (listener.fileno(), lifeline, linger)]
    return subprocess.Popen(
        [sys.executable, "-I", "-m", "seattle.repy.nursery", *words],
        pass_fds=[listener.fileno(), *([] if lifeline is None else [lifeline])],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if log is None else log,
        cwd="/",
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONHASHSEED": "random"},
        start_new_session=True,
    )
