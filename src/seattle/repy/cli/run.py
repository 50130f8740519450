"""`repy PROGRAM ARG...`: have a nursery run the program, pass its output and its outcome on."""

import _socket  # not `socket`: that imports `selectors` and `enum`, half as much as Python itself
import os
import sys

from seattle.repy import launch
from seattle.repy.cli.doorstep import connect
from seattle.repy.cli.options import Chosen, Command, Option, UsageError
from seattle.repy.launch import LaunchError, LaunchRequest

WRONG_USAGE = 2
LOOK_UP = 0.5  # seconds; a signal that comes just before we wait is noticed after this
INTERRUPTED = 130  # as a shell reports Ctrl-C
LOST = 7  # the monitor went away without a word

COMMAND = Command(
    "repy",
    "repy [run] [OPTION ...] PROGRAM [ARG ...]",
    "Run a Repy program. What follows PROGRAM belongs to the program.",
    (
        Option("--restrictions", "FILE", "resources that the program may use (default: plenty)"),
        Option("--cwd", "FOLDER", "folder with the program's files (default: the current one)"),
        Option(
            "--walls",
            "WHICH",
            "both (default), or kernel or language alone, for programs of your own",
            choices=launch.WALLS,
        ),
        Option(
            "--layer",
            "FILE",
            "run the program beneath this security layer; may be given more than\nonce, the first is the outermost",
            many=True,
        ),
        Option("--allow-private", "", "let the program reach private networks"),
        Option(
            "--ip",
            "ADDRESS",
            "an address of this computer that getmyip shall answer; the first that is\nup counts",
            many=True,
        ),
        Option("--iface", "NAME", "the addresses of an interface, after those of --ip", many=True),
        Option(
            "--only-these-addresses", "", "let the program use no other addresses of this computer; loopback always"
        ),
        Option("--net-budget", "BYTES", "how much the program may exchange with other computers, all told"),
    ),
    leading=True,
)


def main(words: list[str]) -> int:
    """Run one program and leave; the exit code says how it ended."""
    code = _run(words)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # nothing is left to clean up, and taking the interpreter down properly costs two milliseconds


def _run(words: list[str]) -> int:
    try:
        request, fds = _request(COMMAND.read(words))
    except (LaunchError, OSError, UnicodeError) as why:
        raise UsageError(str(why)) from why
    try:
        for _ in range(2):
            code = _launch(request, fds)
            if code is not None:
                return code
    except OSError as why:
        return _complain(f"no nursery could be started: {why}", LOST)
    except KeyboardInterrupt:
        return INTERRUPTED
    return _complain("the nursery ends as soon as it is asked for a vessel; see `repy walls`", LOST)


def _launch(request: bytes, fds: list[int]) -> int | None:
    """The program's exit code; None if the nursery went away before it took the request, so that nothing has run."""
    nursery = connect()
    nursery.settimeout(LOOK_UP)
    rights = b"".join(fd.to_bytes(4, sys.byteorder) for fd in fds)
    stopping = False
    heard: list[str] = []
    try:
        nursery.sendmsg([request], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)])
    except ConnectionError:  # it was about to leave, for want of work
        return None
    while True:
        try:
            return _hear_out(nursery, heard)
        except KeyboardInterrupt:  # the first one stops the program, and a second one does not even wait for that
            if stopping:
                raise
            stopping = True
            nursery.send(launch.pack(launch.STOP, "Ctrl-C"))


def _hear_out(nursery: _socket.socket, heard: list[str]) -> int | None:
    """Listen to the monitor until the program's end, and note in `heard` what came before. Returns as `_launch`."""
    while True:
        try:
            words = launch.unpack(nursery.recv(launch.MAX_PACKET))
        except TimeoutError:
            continue
        except ConnectionError:
            words = []
        match words:
            case [launch.STARTED, *_]:
                heard.append(launch.STARTED)
            case [launch.NOTE, text]:
                print(f"repy: {text}", file=sys.stderr)
            case [launch.ENDED, code, kind, detail, *_]:
                _report(kind, detail)
                return int(code)
            case [launch.REFUSED, why]:
                return _complain(why, WRONG_USAGE)
            case _ if heard:
                return _complain("the program's monitor is gone; the program was ended with it", LOST)
            case _:
                return None


def _report(kind: str, detail: str) -> None:
    if kind in ("exception", "unsafe"):
        print(detail.rstrip(), file=sys.stderr)
    elif kind != "exited":
        print(f"repy: {kind}: {detail}", file=sys.stderr)


def _request(chosen: Chosen) -> tuple[bytes, list[int]]:
    """The launch request and its descriptors: program, vessel folder, standard output, layers."""
    if not chosen.words:
        raise COMMAND.wrong("no program was named")
    program, *arguments = chosen.words
    layers = chosen.all("--layer")
    restrictions = ""
    if chosen.has("--restrictions"):
        with open(chosen.get("--restrictions"), encoding="utf-8") as file:  # noqa: PTH123 - pathlib costs milliseconds
            restrictions = file.read() or "\n"
    request = LaunchRequest(
        program=os.path.basename(program),  # noqa: PTH119
        arguments=arguments,
        restrictions=restrictions,
        walls=chosen.get("--walls", "both"),
        private="yes" if chosen.has("--allow-private") else "no",
        layers=[os.path.basename(layer) for layer in layers],  # noqa: PTH119
        addresses=chosen.all("--ip"),
        interfaces=chosen.all("--iface"),
        only_these_addresses="yes" if chosen.has("--only-these-addresses") else "no",
        net_budget=chosen.get("--net-budget"),
    ).encode()
    program_fd, *layer_fds = [_open(name) for name in (program, *layers)]
    folder = os.open(chosen.get("--cwd", "."), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    return request, [program_fd, folder, sys.stdout.fileno(), *layer_fds]


def _open(name: str) -> int:
    if not os.path.isfile(name):  # noqa: PTH113
        raise LaunchError(f"there is no file {name!r}")
    return os.open(name, os.O_RDONLY | os.O_CLOEXEC)


def _complain(text: str, code: int) -> int:
    print(f"repy: error: {text}", file=sys.stderr)
    return code
