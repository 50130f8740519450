"""One running vessel, from the launch request to the outcome."""

import json
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import NamedTuple

import msgspec

from seattle.repy import door, launch
from seattle.repy.launch import LaunchError, LaunchRequest
from seattle.repy.monitor.calls import handlers
from seattle.repy.monitor.channels import Channel, NewLine, pair
from seattle.repy.monitor.files import Files
from seattle.repy.monitor.gauges import Gauges
from seattle.repy.monitor.log import DiskLog, Log, StreamLog
from seattle.repy.monitor.network.host import HostNetwork
from seattle.repy.monitor.network.policy import NetworkPolicy
from seattle.repy.monitor.scheduler import READABLE, Scheduler
from seattle.repy.monitor.sockets import Sockets
from seattle.repy.outcome import Outcome, OutcomeKind
from seattle.repy.outcome_file import write_outcome
from seattle.repy.walls.report import REQUIRED, Part, State, standing
from seattle.resources.defaults import REPY_DEFAULT
from seattle.resources.errors import ResourceError
from seattle.resources.kinds import Resource
from seattle.resources.meter import Meter, Slot
from seattle.resources.restrictions import parse_restrictions
from seattle.resources.vector import ResourceVector

LEAST_HEADROOM = 4 * 1024 * 1024
"""Bytes that a program needs beyond the bare interpreter to be run at all."""

PATIENCE = 10.0  # seconds that the launcher, and a new guest, get for their first words

StartGuest = Callable[[socket.socket, str, ResourceVector], int]
"""Forks the guest behind the walls with its end of the first line, the kind of walls and its limits: its process id."""

Confine = Callable[[list[int]], None]
"""Puts up the monitor's own wall, with the folders that may be written beneath."""


class _Descriptors(NamedTuple):
    program: int
    vessel: int
    log: int


class Monitor:
    """Reads one launch request from `launcher`, runs it, and reports how it ended."""

    def __init__(self, launcher: socket.socket, start_guest: StartGuest, confine: Confine) -> None:
        self._launcher = launcher
        self._start_guest = start_guest
        self._confine = confine

    def run(self) -> None:
        """Serve the launcher until the program's end. Never raises for what launcher or guest do."""
        try:
            request, given = self._read_request()
            limits = _limits(request)
            policy = _policy(request, limits)
            program = _read_program(given.program)
            log = _log(request, given.log)
        except (LaunchError, ResourceError, OSError) as why:
            self._tell(launch.REFUSED, str(why))
            return
        vessel = _Vessel(
            launcher=self._launcher,
            request=request,
            program=program,
            limits=limits,
            policy=policy,
            log=log,
            folder=given.vessel,
        )
        outcome = vessel.run(
            self._start_guest,
            lambda: self._confine([given.vessel, given.log] if request.log == "ring" else [given.vessel]),
        )
        if request.log == "ring":
            log.note(_last_words(outcome))
            write_outcome(given.log, outcome)
        self._tell(launch.ENDED, str(outcome.exit_code), outcome.kind.value, outcome.detail)

    def _read_request(self) -> tuple[LaunchRequest, _Descriptors]:
        self._launcher.settimeout(PATIENCE)
        packet, fds, _flags, _address = socket.recv_fds(self._launcher, launch.MAX_PACKET, 3)
        if len(fds) != 3:
            raise LaunchError("a launch request needs three descriptors: program, vessel folder, log")
        return LaunchRequest.decode(packet), _Descriptors(*fds)

    def _tell(self, *words: str) -> None:
        with suppress(OSError):  # the launcher has gone: there is nobody to tell
            self._launcher.send(launch.pack(*words))


class _Vessel:
    """The program while it runs."""

    def __init__(
        self,
        *,
        launcher: socket.socket,
        request: LaunchRequest,
        program: bytes,
        limits: ResourceVector,
        policy: NetworkPolicy,
        log: Log,
        folder: int,
    ) -> None:
        self._launcher = launcher
        self._request = request
        self._program = program
        self._limits = limits
        self._log = log
        self._scheduler = Scheduler()
        self._meter = Meter(limits)
        self._outcome: Outcome | None = None
        self._threads: dict[Channel, Slot] = {}
        self._guest = -1
        self._guest_fd = -1
        self._gauges: Gauges | None = None
        new_handle = count(1).__next__
        self._files = Files(folder, self._meter, new_handle)
        self._handlers = handlers(
            meter=self._meter,
            log=log,
            files=self._files,
            sockets=Sockets(HostNetwork(), policy, self._meter, new_handle),
            new_thread=self._new_thread,
            finished=self._finished,
            resources=self.resources,
        )

    def run(self, start_guest: StartGuest, confine: Callable[[], None]) -> Outcome:
        """From fork to outcome. Whatever happens, no guest is left alive."""
        ours, theirs = pair()
        try:
            with theirs:
                self._guest = start_guest(theirs, self._request.walls, self._limits)
            self._guest_fd = os.pidfd_open(self._guest)
            self._begin(ours, confine)
            self._scheduler.run()
        except _NotStartedError as why:
            self._end(Outcome(OutcomeKind.VIOLATION, str(why)))
        except Exception as why:  # noqa: BLE001 - a bug of ours must end the guest, too, and say what it was
            self._end(Outcome(OutcomeKind.VIOLATION, f"the monitor failed: {type(why).__name__}: {why}"))
        finally:
            self._kill_guest()
        assert self._outcome is not None
        return self._outcome

    def resources(self) -> list[object]:
        """Limits, usage, and stop times, as `getresources` shows them."""
        if self._gauges is not None:
            self._gauges.update()
        self._meter.diskused = self._files.used()
        return [self._limits.to_mapping(), self._meter.usage(), self._meter.stop_times()]

    # --- beginning -----------------------------------------------------------------------------------------

    def _begin(self, line: socket.socket, confine: Callable[[], None]) -> None:
        line.settimeout(PATIENCE)
        self._check_walls(line)
        slot = self._meter.events.take()
        self._gauges = Gauges(
            self._scheduler,
            self._meter,
            self._guest,
            send_signal=lambda number: signal.pidfd_send_signal(self._guest_fd, number),
            on_overdrawn=lambda detail: self._end(Outcome(OutcomeKind.KILLED, detail)),
        )
        confine()
        self._send_program(line)
        self._threads[self._open_channel(line)] = slot
        self._scheduler.watch(self._guest_fd, READABLE, self._guest_is_gone)
        self._launcher.setblocking(False)  # noqa: FBT003 - the standard library's signature
        self._scheduler.watch(self._launcher.fileno(), READABLE, self._hear_launcher)
        self._gauges.start()
        self._tell(launch.STARTED, str(self._guest))

    def _check_walls(self, line: socket.socket) -> None:
        """Hear how the walls stand. The guest has not seen a byte of the program yet, so it tells the truth."""
        try:
            frame = line.recv(door.MAX_FRAME)
            ready = door.decode_call(frame)
        except (OSError, msgspec.MsgspecError) as why:
            raise _NotStartedError(f"the guest did not come to life: {why or 'it ended at once'}") from why
        if not isinstance(ready, door.Ready):
            raise _NotStartedError("the guest did not report on its walls")
        if self._request.walls == "language":
            return
        report = [Part(name, State(state), detail) for name, state, detail in ready.walls]
        if not standing(report):
            down = [f"{part.name} is {part.state.value} ({part.detail})" for part in report if part.name in REQUIRED]
            raise _NotStartedError(f"the kernel wall does not stand, so nothing is run: {'; '.join(down)}")

    def _send_program(self, line: socket.socket) -> None:
        checked = self._request.walls != "kernel"
        head = door.Program(
            self._request.program, len(self._program), self._request.arguments, self._request.callfunc, checked
        )
        try:
            line.send(door.encode(head))
            for start in range(0, len(self._program), door.MAX_DATA):
                line.send(door.encode(door.ProgramText(self._program[start : start + door.MAX_DATA])))
        except OSError as why:
            raise _NotStartedError(f"the guest did not take the program: {why}") from why

    # --- while it runs -------------------------------------------------------------------------------------

    def _open_channel(self, line: socket.socket) -> Channel:
        return Channel(
            line,
            self._scheduler,
            self._handlers,
            on_closed=self._channel_closed,
            on_violation=lambda detail: self._end(Outcome(OutcomeKind.VIOLATION, detail)),
        )

    def _new_thread(self, _call: door.NewThread) -> NewLine:
        slot = self._meter.events.take()
        ours, theirs = pair()
        self._threads[self._open_channel(ours)] = slot
        return NewLine(theirs)

    def _channel_closed(self, channel: Channel) -> None:
        self._threads.pop(channel).release()

    def _finished(self, call: door.Finished) -> None:
        kind = _BY_NAME.get(call.kind)
        if kind is None:
            self._end(Outcome(OutcomeKind.VIOLATION, f"the guest ended in an unknown way, {call.kind!r}"))
        else:
            self._end(Outcome(kind, call.detail))

    def _hear_launcher(self, _events: int) -> None:
        try:
            words = launch.unpack(self._launcher.recv(launch.MAX_PACKET))
        except BlockingIOError:
            return
        except OSError:
            words = [""]
        match words:
            case [launch.STOP, who, *_]:
                self._end(Outcome(OutcomeKind.STOPPED, who))
            case [launch.USAGE]:
                self._tell(launch.USAGE, json.dumps(self.resources()))
            case _:
                self._end(Outcome(OutcomeKind.STOPPED, "its launcher, which is gone"))

    def _guest_is_gone(self, _events: int) -> None:
        """The guest died without a word: a crash, the kernel's memory killer, or somebody's `kill`."""
        for channel in list(self._threads):
            channel.hear_the_rest()
        if self._outcome is not None:
            return
        _pid, status = os.waitpid(self._guest, 0)
        self._guest = -1
        number = os.waitstatus_to_exitcode(status)
        if number < 0:
            detail = f"signal {-number} ({signal.strsignal(-number)})"
        else:
            detail = f"the interpreter left with code {number} and no word"
        self._end(Outcome(OutcomeKind.CRASHED, detail))

    # --- end -----------------------------------------------------------------------------------------------

    def _end(self, outcome: Outcome) -> None:
        """The first outcome counts."""
        if self._outcome is None:
            self._outcome = outcome
        self._scheduler.stop()

    def _kill_guest(self) -> None:
        if self._guest > 0:
            os.kill(self._guest, signal.SIGKILL)
            os.waitpid(self._guest, 0)

    def _tell(self, *words: str) -> None:
        with suppress(OSError):  # its end has been, or will be, noticed
            self._launcher.send(launch.pack(*words))


class _NotStartedError(Exception):
    """The guest did not get as far as the program."""


_BY_NAME = {kind.value: kind for kind in (OutcomeKind.EXITED, OutcomeKind.EXCEPTION, OutcomeKind.UNSAFE)}
"""Outcomes that a program may bring about, and so the only ones that a guest may claim."""


def _limits(request: LaunchRequest) -> ResourceVector:
    limits = parse_restrictions(request.restrictions).vector if request.restrictions else REPY_DEFAULT
    if limits[Resource.CPU] <= 0:
        raise LaunchError("cpu is 0: a program that may not compute can't be run; raise `cpu`")
    needed = _interpreter_size() + LEAST_HEADROOM
    if limits[Resource.MEMORY] < needed:
        raise LaunchError(
            f"memory {limits[Resource.MEMORY]} is too little: the interpreter alone takes {needed} bytes; raise it"
        )
    return limits


def _interpreter_size() -> int:
    """Bytes resident in a process that was just forked from the nursery, as the guest will be."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _policy(request: LaunchRequest, limits: ResourceVector) -> NetworkPolicy:
    first, _, last = request.loopback_ports.partition("-")
    try:
        neighbours = range(int(first), int(last) + 1) if first else range(0)
    except ValueError as why:
        raise LaunchError(f"loopback_ports {request.loopback_ports!r} is not of the form FIRST-LAST") from why
    own = limits.ports(Resource.MESSPORT) | limits.ports(Resource.CONNPORT)
    return NetworkPolicy(neighbours=neighbours, own_ports=own, private=request.private == "yes")


def _read_program(fd: int) -> bytes:
    with os.fdopen(fd, "rb") as file:
        text = file.read(door.MAX_PROGRAM + 1)
    if len(text) > door.MAX_PROGRAM:
        raise LaunchError(f"the program has more than {door.MAX_PROGRAM} bytes")
    return text


def _log(request: LaunchRequest, fd: int) -> Log:
    return DiskLog(fd, request.log_bytes) if request.log == "ring" else StreamLog(fd)


def _last_words(outcome: Outcome) -> str:
    """What the log says about an end that the program's owner may not have expected."""
    match outcome.kind:
        case OutcomeKind.EXITED:
            return ""
        case OutcomeKind.EXCEPTION | OutcomeKind.UNSAFE:
            return f"\n{outcome.detail.rstrip()}\n"
        case _:
            return f"\n{outcome.kind.value}: {outcome.detail}\n"
