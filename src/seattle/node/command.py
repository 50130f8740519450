"""`python -m seattle.node` and `seattle node run`: the daemon as a process."""

import asyncio
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Final

from seattle.identity.errors import IdentityError
from seattle.node.daemon import first_vessels, serve
from seattle.node.errors import NodeError
from seattle.node.logs import log_to_stderr
from seattle.node.settings import NodeSettings, load_settings
from seattle.node.vesselinfo import read_vesselinfo

DONE: Final = 0
FAILED: Final = 1


def run(settings: Path, *, check: bool, exit_with_parent_fd: int | None, ready_fd: int | None) -> int:
    """Be a node until Ctrl-C (SIGINT), which stops what runs, or SIGTERM, which leaves it to the next daemon.

    What is left that way goes on for as long as the setting `unwatched_limit` says, and ends if no daemon comes.

    Returns the exit code.
    """
    try:
        loaded = load_settings(settings)
        if check:
            first_vessels(read_vesselinfo(loaded.vesselinfo_file), loaded)
            return DONE
        os.umask(0o077)
        log_to_stderr()
        asyncio.run(_run(loaded, parent=exit_with_parent_fd, ready=ready_fd))
    except (NodeError, IdentityError, OSError) as why:
        print(f"error: {why}", file=sys.stderr)
        if hint := getattr(why, "hint", ""):
            print(f"hint: {hint}", file=sys.stderr)
        return FAILED
    return DONE


async def _run(settings: NodeSettings, *, parent: int | None, ready: int | None) -> None:
    loop = asyncio.get_running_loop()
    until, handing_over = asyncio.Event(), asyncio.Event()

    def end(*, others_follow: bool) -> None:
        if others_follow:
            handing_over.set()
        else:
            handing_over.clear()
        until.set()

    loop.add_signal_handler(signal.SIGTERM, partial(end, others_follow=True))
    loop.add_signal_handler(signal.SIGINT, partial(end, others_follow=False))
    if parent is not None:
        os.set_inheritable(parent, False)  # noqa: FBT003 - the standard library's signature
        loop.add_reader(parent, _listen_to_parent, parent, until)
    await serve(settings, until=until, handing_over=handing_over, ready=lambda: _tell_ready(ready))


def _listen_to_parent(fd: int, until: asyncio.Event) -> None:
    try:
        alive = bool(os.read(fd, 4096))  # whatever it says; it is its silence that we wait for
    except BlockingIOError:
        return
    except OSError:
        alive = False
    if not alive:
        asyncio.get_running_loop().remove_reader(fd)
        until.set()


def _tell_ready(fd: int | None) -> None:
    if fd is None:
        return
    try:
        os.write(fd, b"ready\n")
        os.close(fd)
    except OSError:  # whoever asked has gone; its own descriptor tells us so
        return
