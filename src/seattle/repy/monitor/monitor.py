"""One run, from the launch request to the recorded outcome."""

import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress

from seattle.repy import launch
from seattle.repy.launch import LaunchError
from seattle.repy.monitor.control import Control
from seattle.repy.monitor.guest_process import GONE_WITHIN, GuestProcess, TooLittleMemoryError
from seattle.repy.monitor.network.interface import Network
from seattle.repy.monitor.order import Order, read_order
from seattle.repy.monitor.own_limits import bound_monitor
from seattle.repy.monitor.vessel import Vessel
from seattle.repy.outcome import Outcome, OutcomeKind
from seattle.resources.errors import ResourceError

# How a run ends whose guest leaves by itself. All others have been told to go, and are said to have ended when they are
# gone: threads, memory, and all. A program that has finished need not wait for that, which may take milliseconds.
_LEFT = (OutcomeKind.EXITED, OutcomeKind.EXCEPTION, OutcomeKind.UNSAFE)

# Seconds for which a monitor whose program was stopped stays, and does nothing. Stops come by the hundred, and it takes
# the kernel a millisecond to clear a process away: let it begin with the guests, for whose end somebody waits.
_REST = 0.3


class Monitor:
    """Serves one launcher with one guest."""

    def __init__(
        self,
        launcher: socket.socket,
        guest: GuestProcess,
        *,
        network: Network,
        fork_unwalled: Callable[[], GuestProcess],
        fork_preloaded: Callable[[list[str]], GuestProcess],
        confine: Callable[[list[int]], object],
    ) -> None:
        """`guest` waits behind the walls; `fork_unwalled` makes one without, for `--walls language`.

        `fork_preloaded` makes one that has imported these modules before its walls went up, for `--walls kernel`.

        `network` is the one that the program's sockets are on.

        `confine` puts up the monitor's own wall, with the folders (descriptors) that it may write beneath.
        """
        self._launcher = launcher
        self._guest = guest
        self._network = network
        self._fork_unwalled = fork_unwalled
        self._fork_preloaded = fork_preloaded
        self._confine = confine

    def run(self) -> None:
        """Serve until the program's end. Never raises for what launcher or guest do, and leaves no guest alive."""
        try:
            order = read_order(self._launcher)
            if order.request.walls == "language":
                self._end_guest()
                self._guest = self._fork_unwalled()
            elif order.request.preloaded:
                self._end_guest()
                self._guest = self._fork_preloaded(order.request.preloaded)
            self._guest.bound(order.limits)
            bound_monitor(order.limits)
        except (LaunchError, ResourceError, TooLittleMemoryError, OSError, ValueError) as why:
            self._guest.kill()
            refusing, who = Control(self._launcher), self._stopped_by()
            if who is None:
                refusing.tell(launch.REFUSED, str(why))
            else:
                stopped = Outcome(OutcomeKind.STOPPED, who)
                refusing.tell(launch.ENDED, str(stopped.exit_code), stopped.kind.value, who, "0")
            refusing.hang_up()
            self._guest.bury()
            return
        self._confine([order.vessel_folder, *([] if order.log_folder is None else [order.log_folder])])
        control = Control(self._launcher, order.invitation)
        vessel = Vessel(control, self._guest, self._network, order)
        outcome = vessel.run()
        vessel.close()  # before anybody hears of the end: the next run may want the same ports at once
        self._guest.bury(within=0 if outcome.kind in _LEFT else GONE_WITHIN)
        self._record(order, outcome, traffic=vessel.traffic, account=vessel.account())
        order.close()  # as above: a launcher may have locked one of these folders for as long as the run takes
        control.tell(launch.ENDED, str(outcome.exit_code), outcome.kind.value, outcome.detail, str(vessel.traffic))
        control.hang_up()
        self._guest.bury()
        if outcome.kind is OutcomeKind.STOPPED:
            time.sleep(_REST)

    def _stopped_by(self) -> str | None:
        """Who has asked for a stop before the program could start, by which the start may have been interrupted."""
        if not select.select([self._launcher], [], [], 0)[0]:
            return None
        with suppress(OSError):
            match launch.unpack(self._launcher.recv(launch.MAX_PACKET)):
                case [launch.STOP, who, *_]:
                    return who
        return None

    def _end_guest(self) -> None:
        self._guest.kill()
        self._guest.bury()

    def _record(self, order: Order, outcome: Outcome, *, traffic: int, account: dict[str, object]) -> None:
        with suppress(OSError):  # a full disk
            order.log.note(_last_words(outcome))
        if order.outcome_file is not None:
            with suppress(OSError):  # a broken disk: the launcher still hears of it
                order.outcome_file.write(outcome, traffic=traffic, account=account)


def _last_words(outcome: Outcome) -> str:
    """What the log says about an end that the program's owner may not have expected."""
    match outcome.kind:
        case OutcomeKind.EXITED:
            return ""
        case OutcomeKind.EXCEPTION | OutcomeKind.UNSAFE:
            return f"\n{outcome.detail.rstrip()}\n"
        case _:
            return f"\n{outcome.kind.value}: {outcome.detail}\n"
