"""A warmed process that forks vessels in milliseconds.

It has imported all that a monitor or a guest will need, built the kernel wall's filter, and then does one thing:
accept a launcher, fork a monitor for it, forget it. It reads not a byte of what launchers send, holds no secret,
and has one thread. When it dies the vessels that it forked live on; a launcher that finds none starts another.
"""

import gc
import os
import select
import signal
import socket
import sys
import traceback
from argparse import ArgumentParser
from typing import NoReturn

from seattle.repy.guest import runtime
from seattle.repy.guest.channel import Channel
from seattle.repy.guest.threads import STACK
from seattle.repy.monitor.monitor import Monitor
from seattle.repy.walls import Birth, GuestLimits, Part, PartName, Prepared, State, enter, fork_guest, prepare
from seattle.repy.walls.confine_monitor import confine
from seattle.resources.kinds import Resource
from seattle.resources.vector import ResourceVector

_SPARE_DESCRIPTORS = 16
_SPARE_THREADS = 2


def main(argv: list[str] | None = None) -> None:
    """`python -m seattle.repy.nursery --listener FD [--lifeline FD] [--linger SECONDS]`."""
    options = _options(argv)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # monitors are reaped by the kernel
    with socket.socket(fileno=options.listener) as listener:
        Nursery(prepare(), listener).serve(lifeline=options.lifeline, linger=options.linger)


class Nursery:
    """Forks a monitor for whoever connects to `listener`."""

    def __init__(self, prepared: Prepared, listener: socket.socket) -> None:
        self._prepared = prepared
        self._listener = listener

    def serve(self, *, lifeline: int | None, linger: float | None) -> None:
        """Until the other end of `lifeline` closes, or nobody has connected for `linger` seconds."""
        runtime.preload()
        gc.collect()
        gc.freeze()  # what is here now stays shared with every vessel
        watched = [self._listener.fileno(), *([] if lifeline is None else [lifeline])]
        while True:
            ready = select.select(watched, [], [], linger)[0]
            if not ready or lifeline in ready:
                return
            launcher, _address = self._listener.accept()
            if os.fork() == 0:
                self._become_monitor(launcher)
            launcher.close()

    def _become_monitor(self, launcher: socket.socket) -> NoReturn:
        code = 1
        try:
            self._listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            Monitor(launcher, self._start_guest, lambda folders: _confine(self._prepared, folders)).run()
            code = 0
        except BaseException:  # noqa: BLE001 - a forked process must never return into the nursery's loop
            traceback.print_exc()
        finally:
            os._exit(code)

    def _start_guest(self, line: socket.socket, walls: str, limits: ResourceVector) -> int:
        """In the monitor: the guest's process id. The guest itself never returns from here."""
        bounds = _guest_limits(limits, line.fileno())
        birth = os.fork() if walls == "language" else fork_guest()
        if isinstance(birth, Birth):
            self._become_guest(line, birth, bounds)
        if birth == 0:
            self._become_guest(line, None, bounds)
        return birth

    def _become_guest(self, line: socket.socket, birth: Birth | None, bounds: GuestLimits) -> NoReturn:
        try:
            fd = line.detach()
            if birth is None:
                report = [Part(PartName.SECCOMP, State.ABSENT, "switched off: language wall alone")]
                os.closerange(0, fd)
                os.closerange(fd + 1, os.sysconf("SC_OPEN_MAX"))
            else:
                report = enter(self._prepared, bounds, birth, keep_fds=[fd])
            runtime.run(Channel(fd), [(part.name, part.state.value, part.detail) for part in report])
        except BaseException:  # noqa: BLE001 - as above; the monitor notices the silence
            os._exit(70)


def _guest_limits(limits: ResourceVector, fd: int) -> GuestLimits:
    """What the kernel shall count for a child of this process, which is as big as this one when it is born.

    `fd` is the number of the line that the guest keeps.
    """
    events = limits[Resource.EVENTS]
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - on the way to a few milliseconds
        sizes = [int(pages) * os.sysconf("SC_PAGE_SIZE") for pages in statm.read().split()]
    resident, data = sizes[1], sizes[5]
    # So many more bytes may be written to before the vessel's memory is full. The program gets a MemoryError
    # there, which it can catch, a little before the monitor would end it. Stacks are mostly never touched.
    headroom = limits[Resource.MEMORY] - resident
    return GuestLimits(
        data_bytes=data + headroom + events * STACK,
        open_files=max(fd + 1, _SPARE_DESCRIPTORS) + events,
        processes=events + _SPARE_THREADS,
    )


def _confine(prepared: Prepared, folders: list[int]) -> None:
    confine(prepared, folders)


def _options(argv: list[str] | None) -> "_Options":
    parser = ArgumentParser(prog="python -m seattle.repy.nursery", description="Fork vessels for launchers.")
    parser.add_argument("--listener", type=int, required=True, help="descriptor of a listening SOCK_SEQPACKET socket")
    parser.add_argument("--lifeline", type=int, help="descriptor; when its other end closes the nursery ends")
    parser.add_argument("--linger", type=float, help="seconds without a launcher after which the nursery ends")
    return parser.parse_args(argv, namespace=_Options())


class _Options:
    listener: int
    lifeline: int | None
    linger: float | None


if __name__ == "__main__":
    main(sys.argv[1:])
