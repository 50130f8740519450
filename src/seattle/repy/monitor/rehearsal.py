"""Runs of our own, which nobody asked for: they get ready what later runs need. All of their words are lost."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from seattle.repy.launch import LaunchRequest
from seattle.repy.monitor.channels import pair
from seattle.repy.monitor.control import Control
from seattle.repy.monitor.guest_process import GuestProcess
from seattle.repy.monitor.network.interface import Network
from seattle.repy.monitor.order import read_order
from seattle.repy.monitor.vessel import Vessel
from seattle.resources.defaults import REPY_DEFAULT
from seattle.resources.restrictions import Restrictions, format_restrictions

_PROGRAM = b"print('rehearsal')\n"
_RESTRICTIONS = format_restrictions(Restrictions(REPY_DEFAULT))
_REQUESTS = {  # by walls; as packets, for it is launchers who make them, and no monitor ever will
    walls: LaunchRequest(program="rehearsal", arguments=[], walls=walls, restrictions=_RESTRICTIONS).encode()
    for walls in ("both", "language")
}


def rehearse(guest: GuestProcess, network: Network) -> None:
    """Go once through what a launch needs, with a request of our own, and start nothing.

    In a process that has just been forked this copies the pages that it would otherwise copy when it is in a hurry.
    """
    with launcher_of_ours("language") as line:
        order = read_order(line)
        Vessel(Control(line), guest, network, order).close()
        order.close()


@contextmanager
def launcher_of_ours(walls: str) -> Iterator[socket.socket]:
    """What a monitor hears a launcher by: one that has asked for a program of our own, and is content with anything."""
    here, there = pair()
    with here, there:
        with ExitStack() as undo:  # what was sent need not be open here
            program = os.memfd_create("rehearsal", os.MFD_CLOEXEC)
            undo.callback(os.close, program)
            folder = os.open("/", os.O_PATH | os.O_CLOEXEC)
            undo.callback(os.close, folder)
            log = os.open("/dev/null", os.O_WRONLY | os.O_CLOEXEC)
            undo.callback(os.close, log)
            os.write(program, _PROGRAM)
            os.lseek(program, 0, os.SEEK_SET)
            socket.send_fds(there, [_REQUESTS[walls]], [program, folder, log])
        yield here
