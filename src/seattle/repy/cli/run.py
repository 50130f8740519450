"""`repy PROGRAM ARG...`: have a nursery run the program, pass its output and its outcome on."""

import os
import stat
import sys

from seattle.repy import launch
from seattle.repy.cli.conversation import Audience, Output, RefusedError, converse
from seattle.repy.cli.doorstep import complaints
from seattle.repy.cli.options import STDIN, Chosen, Command, Option, UsageError
from seattle.repy.cli.people import People, reason, say
from seattle.repy.launch import LaunchError, LaunchRequest

TYPE_CHECKING = False
if TYPE_CHECKING:  # as type checkers know it; `typing` itself takes milliseconds
    from seattle.repy.cli.reasons import Reason

NOT_RUN = 7  # nothing is wrong with the words, but the sandbox can't be had
INTERRUPTED = 130  # as a shell reports Ctrl-C

_MOST_DIGITS = 15  # of a number of bytes
_LONGEST = 8 << 20  # bytes that are taken from a pipe; a program has fewer, and the monitor says how many

_PATHS = ("--restrictions", "--cwd", "--stop", "--status", "--log", "--layer")

COMMAND = Command(
    "repy run",
    "repy [run] [OPTION ...] PROGRAM [ARG ...]",
    "Run a Repy program, `-` being stdin. What follows PROGRAM belongs to the program.",
    (
        Option("--restrictions", "FILE", "resources that the program may use (default: plenty; see repy limits)"),
        Option("--limit", "NAME=VALUE", "one of them in place of the file's, such as memory=64M or cpu=0.1", many=True),
        Option("--cwd", "FOLDER", "folder with the program's files (default: the current one)"),
        Option("--timeout", "SECONDS", "stop the program after so long"),
        Option("--stop", "FILE", "stop the program as soon as there is such a file; what it says is the reason"),
        Option("--status", "FILE", "keep a JSON file that says how far the run is, and how it ended"),
        Option("--log", "FOLDER", "write output and outcome there instead of to stdout; repy log shows them"),
        Option("--log-bytes", "COUNT", "keep at least so much of that log, the newest (default: 65536)"),
        Option("--json", "", "write the run's start, output and outcome to stdout as JSON lines"),
        Option("--layer", "FILE", "run the program beneath this security layer; the first is the outermost", many=True),
        Option("--allow-private", "", "let the program reach private networks"),
        Option("--ip", "ADDRESS", "an address of this computer for getmyip; the first that is up counts", many=True),
        Option("--iface", "NAME", "the addresses of an interface, after those of --ip", many=True),
        Option(
            "--only-these-addresses", "", "let the program use no other addresses of this computer; loopback always"
        ),
        Option("--net-budget", "BYTES", "how much the program may exchange with other computers, all told"),
        Option("--walls", "WHICH", "both (default), or one alone: for programs of your own", choices=launch.WALLS),
        Option("--preload", "MODULES", "with --walls kernel: import these, a,b.c, before the wall goes up", many=True),
    ),
    leading=True,
)


def main(words: list[str]) -> int:
    """Run one program and leave; the exit code says how it ended. Raises UsageError or HelpWantedError."""
    try:
        code = _run(COMMAND.read(words))
    except KeyboardInterrupt:
        code = INTERRUPTED
    os._exit(code)  # nothing is left to clean up, and taking the interpreter down properly costs two milliseconds


def _run(chosen: Chosen) -> int:
    try:
        restrictions = _restrictions(chosen)
        request, fds = _request(chosen, restrictions)
        reasons = _reasons(chosen)
        audience, output = _audience(chosen, reasons)
    except (LaunchError, OSError, UnicodeError) as why:
        raise UsageError(reason(why)) from why
    try:
        log = _log(chosen, audience, output)
    except (OSError, UsageError) as why:
        _refuse(audience, reason(why))
        raise UsageError(reason(why)) from why
    try:
        for _ in range(2):
            code = converse(request, [*fds[:2], log, *fds[2:]], audience, reasons, output)
            if code is not None:
                return code
        failure = f"the nursery ends as soon as it is asked for a vessel; see `repy walls`, and {complaints()}"
    except RefusedError as why:
        told = _told(str(why), chosen, restrictions)
        _refuse(audience, told)
        raise UsageError(told) from why
    except OSError as why:
        failure = f"no nursery could be started: {reason(why)}"
    _refuse(audience, failure)
    say(f"repy: error: {failure}")
    return NOT_RUN


def _refuse(audience: list[Audience], why: str) -> None:
    for one in audience:
        one.refused(why)


def _told(why: str, chosen: Chosen, restrictions: str) -> str:
    """What the monitor refuses, with the names of files and folders, which it does not know."""
    if why.startswith(launch.NO_LOG):
        return f"{chosen.get('--log')!r}: {why}; make room there, or name another folder"
    if chosen.has("--restrictions"):
        from seattle.repy.cli.restrictions_file import complaint  # noqa: PLC0415 - as below: only who asks for it pays

        return complaint(chosen.get("--restrictions"), restrictions) or why
    return why


def _restrictions(chosen: Chosen) -> str:
    """The text of the restrictions file; empty without one."""
    if not chosen.get("--restrictions"):
        return ""
    from seattle.repy.cli.restrictions_file import read_text  # noqa: PLC0415

    return read_text(chosen.get("--restrictions")) or "\n"  # a file that says nothing does not mean the defaults


def _request(chosen: Chosen, restrictions: str) -> tuple[bytes, list[int]]:
    """The launch request and its descriptors, but for the log: program, vessel folder, layers."""
    if not chosen.words:
        raise COMMAND.wrong("no program was named")
    for name in _PATHS:
        if chosen.has(name) and not chosen.get(name):
            raise COMMAND.wrong(f"{name} is empty")  # `--log "$FOLDER"`, where that was not set
    program, *arguments = chosen.words
    for argument in arguments:
        if not argument.isascii():
            _check_text(argument)
    layers = chosen.all("--layer")
    request = LaunchRequest(
        program=_shown_as(program),
        arguments=arguments,
        restrictions=restrictions,
        limits=chosen.all("--limit"),
        walls=chosen.get("--walls", "both"),
        log="ring" if chosen.has("--log") else "streams",
        log_bytes=_log_bytes(chosen),
        private="yes" if chosen.has("--allow-private") else "no",
        layers=[_shown_as(layer) for layer in layers],
        addresses=chosen.all("--ip"),
        interfaces=chosen.all("--iface"),
        only_these_addresses="yes" if chosen.has("--only-these-addresses") else "no",
        net_budget="" if not chosen.has("--net-budget") else str(_bytes(chosen, "--net-budget", least=0)),
        preloaded=_preloaded(chosen),
    ).encode()
    program_fd, *layer_fds = [_open(name) for name in (program, *layers)]
    folder = os.open(chosen.get("--cwd", "."), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    return request, [program_fd, folder, *layer_fds]


def _check_text(argument: str) -> None:
    try:
        argument.encode()
    except UnicodeEncodeError as why:
        raise LaunchError(f"the argument {os.fsencode(argument)!r} is not text in UTF-8") from why


def _shown_as(name: str) -> str:
    """What tracebacks call a file; names need not be text."""
    name = "<stdin>" if name == "-" else os.path.basename(name)  # noqa: PTH119
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _open(name: str) -> int:
    try:
        fd = os.dup(STDIN) if name == "-" else os.open(name, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as why:
        raise LaunchError(f"there is no file {name!r}{_meant(name)}") from why
    kind = os.fstat(fd).st_mode
    if stat.S_ISDIR(kind):
        raise LaunchError(f"{name!r} is a folder, and no program{_meant(name)}")
    return fd if stat.S_ISREG(kind) else _copy(fd)


def _copy(fd: int) -> int:
    """All that a pipe or a terminal gives, as a file. The monitor wants one: nobody could stop it while it waited."""
    copy = os.memfd_create("program", os.MFD_CLOEXEC)
    left = _LONGEST
    while left > 0 and (piece := os.read(fd, left)):
        left -= os.write(copy, piece)
    os.lseek(copy, 0, os.SEEK_SET)
    os.close(fd)
    return copy


def _meant(name: str) -> str:
    """What somebody may have meant who has named no program."""
    from difflib import get_close_matches  # noqa: PLC0415 - only who errs pays for it

    if name in _COMMANDS:
        return "; the options of a command follow its name"
    if os.access(f"{name}.py", os.R_OK):
        return f"; is {name}.py meant?"
    near = [] if "." in name else get_close_matches(name, _COMMANDS, 1)
    return f"; is the command {near[0]} meant?" if near else ""


_COMMANDS = ("check", "help", "limits", "log", "run", "version", "walls")


def _preloaded(chosen: Chosen) -> list[str]:
    """The names of the modules to preload."""
    if chosen.has("--preload") and chosen.get("--walls") != "kernel":
        raise COMMAND.wrong("--preload has no use without --walls kernel")
    names = [name.strip() for names in chosen.all("--preload") for name in names.split(",")]
    for name in names:
        if not all(part.isidentifier() for part in name.split(".")):
            raise COMMAND.wrong(f"--preload {name!r} is no name of a module, such as socket or xml.dom")
    return names


def _log_bytes(chosen: Chosen) -> int:
    if not chosen.has("--log-bytes"):
        return 65536
    if not chosen.has("--log"):
        raise COMMAND.wrong("--log-bytes has no use without --log")
    return _bytes(chosen, "--log-bytes", least=1)


def _bytes(chosen: Chosen, name: str, *, least: int) -> int:
    text = chosen.get(name)
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS and int(text) >= least):
        raise COMMAND.wrong(f"{name} {text!r} is no number of bytes, such as 65536")
    return int(text)


def _audience(chosen: Chosen, reasons: "list[Reason]") -> tuple[list[Audience], Output | None]:
    """Those who hear of the run, and who passes its output on if the monitor doesn't write it to stdout itself."""
    audience: list[Audience] = []
    output: Output | None = None
    if chosen.has("--status"):
        from seattle.repy.cli.status_file import StatusFile  # noqa: PLC0415 - as below: only who asks for it pays

        audience.append(StatusFile(chosen.get("--status")))
    if not chosen.has("--json"):
        return _with_notes(chosen, [*audience, People()]), None
    from seattle.repy.cli.events import EventOutput, Events  # noqa: PLC0415

    events = Events()
    reasons.append(events.gone)
    if not chosen.has("--log"):
        output = EventOutput(events)
    return _with_notes(chosen, [*audience, events]), output


def _with_notes(chosen: Chosen, audience: list[Audience]) -> list[Audience]:
    if not chosen.has("--iface"):
        return audience
    from seattle.repy.cli.interfaces import MissingInterfaces  # noqa: PLC0415

    return [*audience, MissingInterfaces(chosen.all("--iface"), audience)]


def _log(chosen: Chosen, audience: list[Audience], output: Output | None) -> int:
    """The descriptor that the program's output goes to."""
    if chosen.has("--log"):
        from seattle.repy.cli.log_folder import LogFolder  # noqa: PLC0415

        folder = LogFolder(chosen.get("--log"), apart_from=chosen.get("--cwd", "."))
        audience.insert(0, folder)  # what is on disk is there before anybody hears of it
        return folder.fd
    if output is not None:
        return output.writing_end
    return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC) if sys.stdout is None else sys.stdout.fileno()


def _reasons(chosen: Chosen) -> "list[Reason]":
    reasons: list[Reason] = []
    if chosen.has("--stop") or chosen.has("--timeout"):
        from seattle.repy.cli.reasons import stop_file, timeout  # noqa: PLC0415

        if chosen.has("--stop"):
            reasons.append(stop_file(chosen.get("--stop")))
        if chosen.has("--timeout"):
            reasons.append(timeout(chosen.get("--timeout")))
    return reasons
