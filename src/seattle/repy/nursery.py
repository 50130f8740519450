"""A warmed process that has the next vessel ready before anybody asks for it.

The nursery has imported all that a monitor or a guest will need and has built the kernel wall's filter. From there it
forks one *spare*: a monitor with its guest, already behind the walls, that waits for a launcher. When one connects
the spare becomes that run's monitor, and the nursery forks the next. So a start costs neither imports nor forks. When
launchers come one after the other it keeps several spares, see `demand`.

The nursery reads not a byte of what launchers send, holds no secret, and has one thread. When it dies the running
vessels live on, the spare ends, and a launcher that finds none starts another.
"""

import gc
import importlib
import math
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import closing, suppress
from typing import NoReturn

from seattle.repy import gaps, thread_clean_up
from seattle.repy.demand import Demand
from seattle.repy.guest import runtime, stack_room
from seattle.repy.guest.channel import Channel
from seattle.repy.hot_code import Watch, all_functions
from seattle.repy.launch import LaunchError
from seattle.repy.monitor.channels import pair
from seattle.repy.monitor.guest_process import GuestProcess
from seattle.repy.monitor.monitor import Monitor
from seattle.repy.monitor.network.host import HostNetwork
from seattle.repy.monitor.network.interface import Network
from seattle.repy.monitor.rehearsal import launcher_of_ours, rehearse
from seattle.repy.walls import (
    Birth,
    Group,
    Groups,
    GuestLimits,
    Part,
    PartName,
    Prepared,
    State,
    WallError,
    begin_to_prepare,
    enter,
    fork_guest,
    libc,
    settle,
    tighten,
)
from seattle.repy.walls.confine_monitor import confine

# A spare's guest is born with these, and gets its vessel's own, lower ones before it gets the program.
CEILING = GuestLimits(data_bytes=1 << 40, open_files=1 << 20, processes=1 << 15)

_MOST_SPARES = 2 * len(os.sched_getaffinity(0))  # more would only wait for a CPU
_REHEARSALS = 8  # then the interpreter rewrites code that it has not seen before to suit it; more save nothing
_WATCHED = 30  # seconds at most for a vessel that is watched; it takes some hundredths
_REST = 0.003  # seconds after a start without a fork, unless the next launcher is waiting already
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0  # seconds between attempts to fork a spare when that keeps failing


def main(argv: list[str]) -> None:
    """`python -m seattle.repy.nursery LISTENER [LIFELINE] [LINGER]`: two descriptors and seconds, `-` for none.

    For `seattle.repy.spawn` alone: whoever wants a nursery calls that.
    """
    listener_fd, lifeline, linger = [*argv, "-", "-"][:3]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # monitors are reaped by the kernel,
    libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)  # and so are guests whose monitor was killed
    groups = settle()
    finish, loaded = begin_to_prepare(), runtime.preload()  # at the same time
    with socket.socket(fileno=int(listener_fd)) as listener:
        Nursery(finish(), loaded, listener, None if isinstance(groups, str) else groups).serve(
            lifeline=None if lifeline == "-" else int(lifeline), linger=None if linger == "-" else float(linger)
        )


class Nursery:
    """Keeps spares waiting at `listener`."""

    def __init__(
        self, prepared: Prepared, loaded: runtime.Runtime, listener: socket.socket, groups: Groups | None = None
    ) -> None:
        self._prepared = prepared
        self._groups = groups
        self._listener = listener
        self._runtime = loaded
        self._filling: object = None  # of the gaps in memory; never looked at, and never let go of

    def serve(self, *, lifeline: int | None, linger: float | None) -> None:
        """Until the other end of `lifeline` closes, or nobody has connected for `linger` seconds."""
        self._settle()
        # Several spares may see one launcher, and all but one of them must not wait for the next in `accept`.
        self._listener.setblocking(False)  # noqa: FBT003 - the standard library's signature
        lifelines = [] if lifeline is None else [lifeline]
        patience = math.inf if linger is None else linger
        demand, spares = Demand(most=_MOST_SPARES), list[int]()
        fork_at, pause, leave_at = 0.0, _SHORTEST_PAUSE, time.monotonic() + patience
        while (now := time.monotonic()) < leave_at:
            wanted = demand.wanted(now)
            while len(spares) > wanted:
                os.close(spares.pop())  # it notices by itself
            if len(spares) < wanted and now >= fork_at:
                try:
                    spares.append(self._fork_spare([*spares, *lifelines]))
                except OSError:  # no process or descriptor is to be had now
                    traceback.print_exc()
                    fork_at, pause = now + pause, min(2 * pause, _LONGEST_PAUSE)
            until = min(leave_at, demand.calm_at, fork_at if len(spares) < wanted else math.inf)
            timeout = None if until == math.inf else max(until - now, 0)
            ready = select.select([*spares, *lifelines], [], [], timeout)[0]
            if lifeline in ready:
                return  # the spares notice by themselves
            for spare in ready:
                spares.remove(spare)
                now, taken = time.monotonic(), os.read(spare, 1) != b""
                os.close(spare)
                if taken:
                    demand.note_taken(now)
                    fork_at, pause, leave_at = now, _SHORTEST_PAUSE, now + patience
                else:
                    fork_at, pause = now + pause, min(2 * pause, _LONGEST_PAUSE)
            if ready:
                # A fork costs the machine some milliseconds, which the program that has just started can use.
                select.select([self._listener], [], [], _REST)

    def _settle(self) -> None:
        """Bring memory into a state in which most pages stay shared with every vessel.

        What has run often is not rewritten by the interpreter any more, and new objects don't lie among old ones.
        """
        ignored = signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # we ask how children of ours have ended
        thread_clean_up.leave_out()
        try:
            self._bring_code_together()
            _forget_look_ups()
            self._rehearse()
        except Exception:  # noqa: BLE001 - it goes without, at the price of memory; a real start will say what is wrong
            traceback.print_exc()
        finally:
            signal.signal(signal.SIGCHLD, ignored)
        gc.collect()
        self._filling = gaps.fill()
        gc.freeze()  # and so the collector writes to nothing that is here now

    def _bring_code_together(self) -> None:
        """Have a vessel that nobody has asked for, and see what it runs."""
        with closing(Watch()) as watch:
            if (vessel := os.fork()) == 0:
                self._be_watched(watch)
            # All this takes as long as the vessel does, and the next collection less than without the freeze.
            functions = all_functions()
            gc.collect()
            gc.freeze()
            os.waitpid(vessel, 0)
            filling = gaps.fill()
            watch.bring_together(functions)
            filling.clear()

    def _rehearse(self) -> None:
        """Do what a spare does, until the interpreter has learnt what it learns of the code that runs there."""
        guest, network = self._fork_unwalled_guest(), HostNetwork()
        try:
            for _ in range(_REHEARSALS):
                self._runtime.rehearse()
                rehearse(guest, network)
        finally:
            guest.kill()
            guest.bury()
            guest.close()
            network.close()

    def _be_watched(self, watch: Watch) -> NoReturn:
        signal.alarm(_WATCHED)  # it kills: all starts wait for us
        try:
            watch.begin()
            with launcher_of_ours("both") as launcher:
                self._become_a_monitor(launcher, self._fork_guest(), HostNetwork())
        except BaseException:  # noqa: BLE001 - as for a spare
            traceback.print_exc()
        finally:
            os._exit(0)

    def _fork_spare(self, not_theirs: list[int]) -> int:
        """Fork one. Returns a descriptor that has a byte when the spare is taken, and ends when it died before.

        When we close it, the spare ends. Of descriptors that are `not_theirs`, spares have no copy. Raises OSError when
        there is no spare to be had.
        """
        if self._groups is not None:
            self._groups.sweep()
        hear, tell = os.pipe()
        try:
            if os.fork() == 0:
                self._be_a_spare(tell, [hear, *not_theirs])
        except OSError:
            os.close(hear)
            raise
        finally:
            os.close(tell)
        return hear

    def _be_a_spare(self, tell: int, not_mine: list[int]) -> NoReturn:
        code = 1
        try:
            for fd in not_mine:
                os.close(fd)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            guest, network = self._fork_guest(), HostNetwork()
            if not _is_waiting(self._listener.fileno()):
                rehearse(guest, network)
            launcher = self._wait_for_launcher(guest, tell)
            if launcher is None:
                guest.kill()
                guest.bury()
            else:
                self._become_a_monitor(launcher, guest, network)
            code = 0
        except BaseException:  # noqa: BLE001 - a forked process must never return into the nursery's loop
            traceback.print_exc()
        finally:
            os._exit(code)

    def _wait_for_launcher(self, guest: GuestProcess, tell: int) -> socket.socket | None:
        """The launcher that takes us; None if we are not needed any more, or no use."""
        # The nursery's end of the pipe closes when it can do without us or dies, which `poll` reports as an error.
        poll = select.poll()
        poll.register(self._listener, select.POLLIN)
        poll.register(tell, 0)
        # A guest that is killed meanwhile (it is the first to go when memory is short) is no use to a launcher,
        # who can wait for the next spare.
        poll.register(guest.fd, select.POLLIN)
        while all(fd == self._listener.fileno() for fd, _ in poll.poll()):
            with suppress(BlockingIOError, ConnectionAbortedError):  # another spare was faster
                launcher, _address = self._listener.accept()
                self._listener.close()
                with suppress(BrokenPipeError):  # the nursery has just died: this run need not
                    os.write(tell, b"!")
                os.close(tell)
                return launcher
        return None

    def _become_a_monitor(self, launcher: socket.socket, guest: GuestProcess, network: Network) -> None:
        Monitor(
            launcher,
            guest,
            network=network,
            fork_unwalled=self._fork_unwalled_guest,
            fork_preloaded=lambda modules: self._fork_preloaded_guest(modules, unless=launcher.fileno()),
            confine=lambda folders: confine(
                self._prepared, folders, emptied=[] if self._groups is None else [self._groups.fd]
            ),
        ).run()

    def _fork_guest(self, first: Callable[[], object] | None = None, unless: int | None = None) -> GuestProcess:
        """A guest behind the walls, which waits for its program. For the rest see `fork_guest`."""
        ours, theirs = pair()
        birth = fork_guest(first=first, unless=unless)
        if isinstance(birth, Birth):
            self._become_a_guest(theirs, birth)
        theirs.close()
        return GuestProcess(birth, ours, group=self._admit(birth))

    def _admit(self, guest: int) -> Group | None:
        """Its cgroup, where there are such. A guest without one is held as on a machine that has none."""
        try:
            return None if self._groups is None else self._groups.admit(guest)
        except OSError:
            traceback.print_exc()
            return None

    def _fork_preloaded_guest(self, modules: list[str], *, unless: int) -> GuestProcess:
        """One that has imported these as well, since behind the walls there are no files. Raises LaunchError.

        That may take a while, so it ends as soon as there is something to read from `unless`.
        """
        try:
            return self._fork_guest(lambda: _import(modules), unless)
        except WallError as why:
            raise LaunchError(f"--preload {','.join(modules)}: {why}") from why

    def _fork_unwalled_guest(self) -> GuestProcess:
        """A guest that only the language wall will hold: for trying out that wall alone."""
        ours, theirs = pair()
        monitor = os.getpid()
        guest = os.fork()
        if guest == 0:
            _die_with(monitor)
            self._become_a_guest(theirs, None)
        theirs.close()
        return GuestProcess(guest, ours)

    def _become_a_guest(self, theirs: socket.socket, birth: Birth | None) -> NoReturn:
        try:
            # The walls close our descriptors beneath the objects that own them. None of those may be collected any
            # more: it would close whatever has got its number since, such as a thread's line.
            gc.freeze()
            fd = theirs.detach()
            line = Channel(fd)
            report = self._enter_walls(line, fd, birth) if birth is not None else _stay_unwalled(line, fd)
            self._runtime.serve(line, [(part.name, part.state.value, part.detail) for part in report])
        except BaseException:  # noqa: BLE001 - as above; the monitor notices the silence
            with suppress(OSError):
                traceback.print_exc()
        finally:
            os._exit(70)

    def _enter_walls(self, line: Channel, fd: int, birth: Birth) -> list[Part]:
        report = enter(self._prepared, CEILING, birth, keep_fds=[fd])
        if not line.has_more():
            self._runtime.rehearse_least()
        bounds = line.hear_bounds()
        limits = GuestLimits(bounds.data_bytes, max(bounds.open_files, fd + 1), bounds.threads)
        tightened = tighten(limits, report)
        stack_room.hold_back(bounds.stack_bytes)
        return [part for part in report if part.name != tightened.name] + [tightened]


def _import(modules: list[str]) -> None:
    """They may begin threads."""
    thread_clean_up.bring_back()
    for name in modules:
        importlib.import_module(name)


def _forget_look_ups() -> None:
    """Empty the interpreter's cache of methods, which imports have filled.

    What is put there from now on is what vessels look up, and each entry that one has to replace copies a page.
    """
    if sys.version_info >= (3, 13):
        sys._clear_internal_caches()
    else:
        sys._clear_type_cache()


def _die_with(monitor: int) -> None:
    """Be killed when the monitor dies, and now if it is dead already: no wall sees to that here."""
    libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != monitor:
        os._exit(70)


def _is_waiting(listener: int) -> bool:
    """Whether somebody wants something of us at once: then there is no time for a rehearsal."""
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    return bool(poll.poll(0))


def _stay_unwalled(line: Channel, fd: int) -> list[Part]:
    os.closerange(0, fd)
    os.closerange(fd + 1, os.sysconf("SC_OPEN_MAX"))
    line.hear_bounds()
    return [Part(PartName.SECCOMP, State.ABSENT, "switched off: language wall alone")]


if __name__ == "__main__":
    main(sys.argv[1:])
