"""What this machine has of the wall, found out by putting it up."""

import json
import os
import socket
from typing import NoReturn

from seattle.repy.walls import cgroups
from seattle.repy.walls.confine_monitor import confine
from seattle.repy.walls.enter import enter
from seattle.repy.walls.errors import WallError
from seattle.repy.walls.fork_guest import Birth, fork_guest
from seattle.repy.walls.report import Part, State
from seattle.repy.walls.rlimits import GuestLimits
from seattle.repy.walls.warm import Prepared, prepare

_LIMITS = GuestLimits(data_bytes=256 * 1024 * 1024, open_files=64, processes=16)


def survey() -> list[Part]:
    """Every part, tried in a monitor and a guest that end at once; the caller is not changed.

    Raises WallError if no guest could be forked.
    """
    prepared = prepare()
    hear, tell = socket.socketpair()  # a guest may write to nothing else
    monitor = os.fork()
    if monitor == 0:
        _try_and_end(prepared, tell)
    tell.close()
    with hear, hear.makefile("rb") as reports:
        lines = reports.read().splitlines()
    os.waitpid(monitor, 0)
    parts = [Part(name, State(state), detail) for line in lines for name, state, detail in json.loads(line)]
    if not parts:
        raise WallError("no guest could be forked here")
    return parts


def _try_and_end(prepared: Prepared, tell: socket.socket) -> NoReturn:
    """The disposable monitor and its guest; neither returns."""
    try:
        guest = fork_guest()
        if isinstance(guest, Birth):
            _tell(tell, enter(prepared, _LIMITS, guest, keep_fds=[tell.fileno()]))
        else:
            os.waitpid(guest, 0)  # so that the guest's report comes first
            _tell(tell, [cgroups.report()])
            own = os.open("/", os.O_PATH | os.O_DIRECTORY)
            _tell(tell, [part for part in confine(prepared, [own]) if part.name.startswith("monitor")])
    finally:
        os._exit(0)


def _tell(tell: socket.socket, parts: list[Part]) -> None:
    line = json.dumps([(part.name, part.state.value, part.detail) for part in parts])
    tell.sendall(line.encode() + b"\n")
