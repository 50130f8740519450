"""A launch request, read and understood: all that has to be in order before a program may run."""

import os
import socket
import stat
from dataclasses import dataclass

import msgspec

from seattle.repy import door, launch
from seattle.repy.launch import LaunchError, LaunchRequest
from seattle.repy.monitor.control import Invitation
from seattle.repy.monitor.log import DiskLog, Log, StreamLog
from seattle.repy.monitor.network.addresses import parse_ip
from seattle.repy.monitor.network.own_addresses import ANY, Preference
from seattle.repy.monitor.network.policy import NetworkPolicy
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.outcome_file import OutcomeFile
from seattle.resources.defaults import REPY_DEFAULT
from seattle.resources.kinds import Resource
from seattle.resources.overrides import override
from seattle.resources.restrictions import parse_restrictions
from seattle.resources.vector import ResourceVector

PATIENCE = 10.0  # seconds that a launcher gets for its request


@dataclass(frozen=True)
class Order:
    """What to run, with what, and where its output goes. Owns the descriptors."""

    request: LaunchRequest
    head: bytes  # the frame that tells the guest what to run
    text: bytes  # what follows it: the layers' texts and the program's
    limits: ResourceVector
    policy: NetworkPolicy
    vessel_folder: int
    log: Log
    log_folder: int | None  # None where the log is a stream
    preference: Preference = ANY
    net_budget: int | None = None  # bytes to exchange with other computers
    outcome_file: OutcomeFile | None = None  # beside the log, if that is on disk
    invitation: Invitation | None = None  # for a run that outlives its launcher

    def close(self) -> None:
        """Let go of the descriptors."""
        os.close(self.vessel_folder)
        self.log.close()
        if self.outcome_file is not None:
            self.outcome_file.close()
        if self.invitation is not None:
            self.invitation.listener.close()


def read_order(launcher: socket.socket) -> Order:
    """Receive the launcher's request. Raises LaunchError, ResourceError or OSError, which the launcher shall hear."""
    launcher.settimeout(PATIENCE)
    packet, fds, flags, _address = socket.recv_fds(launcher, launch.MAX_PACKET, 4 + launch.MAX_LAYERS)
    if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
        raise LaunchError("the launch request is longer than it may be, or has too many descriptors")
    request = LaunchRequest.decode(packet)
    if request.layers and request.walls == "kernel":
        raise LaunchError("layers need the language wall: nothing else holds a program beneath them")
    if request.preloaded and request.walls != "kernel":
        raise LaunchError("modules are preloaded for the kernel wall alone: a Repy program imports safe ones by itself")
    outlives = bool(request.outlive)
    if len(fds) != 3 + outlives + len(request.layers):
        raise LaunchError("a launch request needs descriptors for program, vessel folder, log, and each layer")
    invitation = _invitation(request, fds.pop(3)) if outlives else None
    program_fd, vessel_folder, log_fd, *layer_fds = fds
    if not stat.S_ISDIR(os.fstat(vessel_folder).st_mode):
        raise LaunchError("the vessel's folder is no folder")
    program, *layers = _read_texts([program_fd, *layer_fds])
    limits = _limits(request)
    head, policy = _head(request, program, layers), _policy(request, limits)
    preference, net_budget = _preference(request), _net_budget(request)
    # Last of all: a run that is refused leaves nothing in its log's folder.
    log, outcome_file = _log(request, log_fd)
    return Order(
        request=request,
        head=head,
        text=b"".join([*layers, program]),
        limits=limits,
        policy=policy,
        preference=preference,
        net_budget=net_budget,
        vessel_folder=vessel_folder,
        log=log,
        log_folder=log_fd if outcome_file is not None else None,
        outcome_file=outcome_file,
        invitation=invitation,
    )


def _log(request: LaunchRequest, fd: int) -> tuple[Log, OutcomeFile | None]:
    """Where the output goes, and the outcome, if that is on disk."""
    if request.log != "ring":
        return StreamLog(fd), None
    try:
        outcome_file = OutcomeFile(fd)  # it takes room, so where there is none no log is begun
        try:
            return DiskLog(fd, request.log_bytes), outcome_file
        except OSError:
            outcome_file.discard()
            raise
    except OSError as why:
        raise LaunchError(f"{launch.NO_LOG}: {why.strerror}") from why


def _invitation(request: LaunchRequest, listener: int) -> Invitation:
    patience = _number(request.outlive, "outlive", "seconds")
    if not 1 <= patience <= launch.LONGEST_UNWATCHED:
        raise LaunchError(f"outlive is {patience} s; 1 to {launch.LONGEST_UNWATCHED} are possible")
    if request.log != "ring":
        raise LaunchError("a run that outlives its launcher needs a log on disk: nobody would hear how it ended")
    if not stat.S_ISSOCK(os.fstat(listener).st_mode):
        raise LaunchError("the way in for the next launcher is no socket")
    found = socket.socket(fileno=listener)
    listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    if (found.family, found.type) != (socket.AF_UNIX, socket.SOCK_SEQPACKET) or not listens:
        raise LaunchError("the way in for the next launcher is no socket that listens")
    return Invitation(found, patience)


def _head(request: LaunchRequest, program: bytes, layers: list[bytes]) -> bytes:
    head = door.Program(
        request.program,
        len(program),
        request.arguments,
        request.callfunc,
        checked=request.walls != "kernel",
        layers=[(name, len(text)) for name, text in zip(request.layers, layers, strict=True)],
    )
    try:
        frame = door.encode(head)
    except UnicodeEncodeError as why:
        raise LaunchError("an argument, or the name of the program, is not text in UTF-8") from why
    if len(frame) > door.MAX_FRAME:
        raise LaunchError(f"the arguments take {len(frame)} bytes; at most {door.MAX_FRAME} fit")
    try:
        door.decode_program(frame)  # as the guest will, which can't say what was wrong
    except msgspec.MsgspecError as why:
        raise LaunchError(f"the launch request can't be passed on: {why}") from why
    return frame


def _limits(request: LaunchRequest) -> ResourceVector:
    limits = parse_restrictions(request.restrictions).vector if request.restrictions else REPY_DEFAULT
    limits = override(limits, request.limits)
    if limits[Resource.CPU] <= 0:
        raise LaunchError("cpu is 0: a program that may not compute can't be run; raise it")
    if limits[Resource.EVENTS] < 1:
        raise LaunchError("events is 0: the program's main thread needs one; raise it")
    return limits


def _policy(request: LaunchRequest, limits: ResourceVector) -> NetworkPolicy:
    first, _, last = request.loopback_ports.partition("-")
    try:
        neighbours = range(int(first), int(last) + 1) if first else range(0)
    except ValueError as why:
        raise LaunchError(f"loopback_ports {request.loopback_ports!r} is not of the form FIRST-LAST") from why
    return NetworkPolicy(
        neighbours=neighbours,
        messports=limits.ports(Resource.MESSPORT),
        connports=limits.ports(Resource.CONNPORT),
        private=request.private == "yes",
    )


def _preference(request: LaunchRequest) -> Preference:
    try:
        addresses = tuple(parse_ip(text, "address") for text in request.addresses)
    except RefusedError as why:
        raise LaunchError(why.text.partition(" (")[0]) from why  # without the advice, which is for programs
    return Preference(addresses, tuple(request.interfaces), only_these=request.only_these_addresses == "yes")


def _net_budget(request: LaunchRequest) -> int | None:
    return _number(request.net_budget, "net_budget", "bytes") if request.net_budget else None


def _number(text: str, name: str, unit: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise LaunchError(f"{name} {text!r} is not a number of {unit}")
    return int(text)


def _read_texts(fds: list[int]) -> list[bytes]:
    """What is in these files, which all together may have as many bytes as a program."""
    texts: list[bytes] = []
    left = door.MAX_PROGRAM
    for fd in fds:
        if not stat.S_ISREG(os.fstat(fd).st_mode):  # a pipe may never end, and nobody could stop us meanwhile
            raise LaunchError("a program, or a layer, has to be a file")
        os.lseek(fd, 0, os.SEEK_SET)  # a launch that was lost may have read it, and the two share a position
        with os.fdopen(fd, "rb") as file:
            texts.append(file.read(left + 1))
        left -= len(texts[-1])
        if left < 0:
            raise LaunchError(f"the program and its layers have more than {door.MAX_PROGRAM} bytes")
    return texts
