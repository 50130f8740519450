"""`repy PROGRAM ARG...`: have a nursery run the program, pass its output and its outcome on."""

import _socket  # not `socket`: that imports `selectors` and `enum`, half as much as Python itself
import os
import sys

from seattle.repy import launch
from seattle.repy.cli.doorstep import connect
from seattle.repy.launch import LaunchError, LaunchRequest

WRONG_USAGE = 2
LOOK_UP = 0.5  # seconds; a signal that comes just before we wait is noticed after this
INTERRUPTED = 130  # as a shell reports Ctrl-C
LOST = 7  # the monitor went away without a word

_WITH_VALUE = ("--restrictions", "--cwd", "--walls", "--layer")


def main(words: list[str]) -> int:
    """Run one program and leave; the exit code says how it ended."""
    code = _run(words)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # nothing is left to clean up, and taking the interpreter down properly costs two milliseconds


def _run(words: list[str]) -> int:
    try:
        options, rest = _parse(words)
        request, fds = _request(options, rest)
    except (LaunchError, OSError, UnicodeError) as why:
        return _complain(str(why), WRONG_USAGE)
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
            case [launch.ENDED, code, kind, detail]:
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


def _parse(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """Options up to the first word that is none. Several layers are joined by NUL, which no argument contains."""
    options: dict[str, str] = {}
    rest = list(words)
    while rest and rest[0].startswith("--"):
        name, has_value, value = rest.pop(0).partition("=")
        if name == "--":
            break
        if name == "--allow-private" and not has_value:
            options[name] = "yes"
        elif name not in _WITH_VALUE:
            raise LaunchError(f"there is no option {name} (repy --help shows all)")
        elif not has_value and not rest:
            raise LaunchError(f"option {name} needs a value")
        else:
            value = value if has_value else rest.pop(0)
            options[name] = f"{options[name]}\0{value}" if name == "--layer" and name in options else value
    if not rest:
        raise LaunchError("no program was named (repy --help shows how)")
    if options.get("--walls", "both") not in launch.WALLS:
        raise LaunchError(f"--walls {options['--walls']!r} is none of {', '.join(launch.WALLS)}")
    return options, rest


def _request(options: dict[str, str], rest: list[str]) -> tuple[bytes, list[int]]:
    """The launch request and its descriptors: program, vessel folder, standard output, layers."""
    program, *arguments = rest
    layers = options["--layer"].split("\0") if "--layer" in options else []
    restrictions = ""
    if "--restrictions" in options:
        with open(options["--restrictions"], encoding="utf-8") as file:  # noqa: PTH123 - pathlib costs milliseconds
            restrictions = file.read() or "\n"
    request = LaunchRequest(
        program=os.path.basename(program),  # noqa: PTH119
        arguments=arguments,
        restrictions=restrictions,
        walls=options.get("--walls", "both"),
        private=options.get("--allow-private", "no"),
        layers=[os.path.basename(layer) for layer in layers],  # noqa: PTH119
    ).encode()
    program_fd, *layer_fds = [_open(name) for name in (program, *layers)]
    folder = os.open(options.get("--cwd", "."), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    return request, [program_fd, folder, sys.stdout.fileno(), *layer_fds]


def _open(name: str) -> int:
    if not os.path.isfile(name):  # noqa: PTH113
        raise LaunchError(f"there is no file {name!r}")
    return os.open(name, os.O_RDONLY | os.O_CLOEXEC)


def _complain(text: str, code: int) -> int:
    print(f"repy: error: {text}", file=sys.stderr)
    return code
