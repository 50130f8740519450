"""The run of one program inside the walls: receive it, check it, run it, say how it ended."""

import builtins
import codecs
import os
import sys
import threading
import time
from collections.abc import Sequence
from itertools import accumulate
from types import CodeType, FrameType
from typing import NoReturn

from seattle.repy import door
from seattle.repy.guest import advertising, channel, files, library, network, opened, opened_over, resources, stack_room
from seattle.repy.guest.calls import api_call, api_listing
from seattle.repy.guest.channel import Channel
from seattle.repy.guest.contracts import Wrapped
from seattle.repy.guest.derived import DYLINK, made_of
from seattle.repy.guest.dylink import Context, Dylink, DylinkModule, RepyImportError
from seattle.repy.guest.exceptions import EXCEPTIONS
from seattle.repy.guest.handles import Handle
from seattle.repy.guest.layers import Stage, Stages
from seattle.repy.guest.namespaces import VirtualNamespace, create_namespace
from seattle.repy.guest.output import LogStream, Output
from seattle.repy.guest.own_modules import Module
from seattle.repy.guest.safe_dict import SafeDict
from seattle.repy.guest.sources import Sources, stage_of, stage_that_asks
from seattle.repy.guest.threads import Lock, Threads, createlock, sleep
from seattle.repy.guest.tracebacks import describe, format_exception, frames_of
from seattle.repy.guest.world import World
from seattle.repy.language import modules
from seattle.repy.language.compiler import compile_program
from seattle.repy.language.guards import forbid_registering
from seattle.repy.language.immutable import freeze
from seattle.repy.language.modules.facade import freeze_family
from seattle.repy.language.violations import CodeUnsafe
from seattle.repy.outcome import OutcomeKind

# Text encodings that programs may use: the walls leave no way to load one later.
_ENCODINGS = (
    *("ascii", "cp437", "cp1252", "hex", "idna", "iso8859-15", "latin-1", "punycode", "rot13"),
    *("utf-7", "utf-8", "utf-8-sig", "utf-16", "utf-32"),
)

_LONGEST_DETAIL = 60_000  # characters of an outcome's text
_LONGEST_MESSAGE = 1000  # characters of what a program exits with


_CALLFUNC = "initialize"  # what programs find as their `callfunc`, unless the launcher says otherwise

_REHEARSAL = "def f(x):\n    return f'{x!s}'\n\nf([1])\n"
_LEAST = "str([1])\n"  # of a program: whoever rehearses more has memory of its own that the next one may never need


def preload() -> "Runtime":
    """Load what programs may need, while there is a file system, and make the first one's names. For the nursery."""
    modules.preload()
    library.preload()
    # Programs hold objects of these classes, and so the classes; none may change them for another namespace.
    freeze_family(
        *(Handle, files.VesselFile, *network.HANDLES, Lock, opened.Raw, SafeDict),
        *(Module, DylinkModule, RepyImportError, VirtualNamespace, Wrapped),
    )
    freeze(*EXCEPTIONS.values())
    for encoding in _ENCODINGS:
        codecs.lookup(encoding)
    return Runtime()


def _receive(line: Channel) -> tuple[door.Program, list[bytes]]:
    """The program, and the texts of its layers and its own."""
    program = line.hear()
    if not isinstance(program, door.Program):
        os._exit(1)
    sizes = [*(size for _name, size in program.layers), program.size]
    source = bytearray()
    while len(source) < sum(sizes):
        piece = line.hear()
        if not isinstance(piece, door.ProgramText):
            os._exit(1)
        source += piece.data
    ends = list(accumulate(sizes))
    return program, [bytes(source[end - size : end]) for size, end in zip(sizes, ends, strict=True)]


class Runtime:
    """One program: its names, its threads, its end.

    It is made before anybody knows which program, and in the nursery: what a guest need not make for itself, and need
    not even count the references of, stays on pages that all guests share.
    """

    def __init__(self) -> None:
        self._output = Output()
        self._threads = Threads(self._end_by)
        self._started = time.monotonic()
        self._sources = Sources(library.texts_by_file())
        self._told = threading.local()  # the last exception that a thread was told of
        self._is_checked = True
        self._world = World(self.calls(), [], _CALLFUNC, self._sources)

    def rehearse(self) -> None:
        """Go through what a program's start needs, and leave no trace.

        Often enough in the nursery, it lets the interpreter settle on the instructions that suit this code best: they
        are not written to again.
        """
        self._rehearse(_REHEARSAL)

    def rehearse_least(self) -> None:
        """The same for what every program needs, once in a guest that has just been forked.

        That copies the pages that it would otherwise copy when it is in a hurry.
        """
        self._rehearse(_LEAST)

    def _rehearse(self, text: str) -> None:
        names = {"__builtins__": self._world.names["__builtins__"]}
        exec(compile_program(text, "rehearsal"), names)  # noqa: S102 - our own text
        door.decode_program(door.encode(door.Program("rehearsal", 0, [], _CALLFUNC, checked=True)))

    def serve(self, line: Channel, report: list[tuple[str, str, str]]) -> NoReturn:
        """Tell the monitor how the walls stand, receive a program, run it to its end, and leave the process."""
        channel.use(line)
        line.tell(door.Ready(report))
        self._run(*_receive(line))

    def _run(self, program: door.Program, texts: Sequence[bytes]) -> NoReturn:
        """Run the program. It is over when its main part and all threads but daemons have ended.

        `texts` are those of its layers, the outermost first, and its own.
        """
        self._started = time.monotonic()
        self._is_checked = program.checked
        if program.checked:
            forbid_registering()
        names = [*(name for name, _size in program.layers), program.name]
        stages = Stages(
            [Stage(name, self._compile(name, text)) for name, text in zip(names, texts, strict=True)],
            program.callfunc,
            self._sources,
            self._breach,
        )
        world = self._first_world(program, stages, [*names[1:], *program.arguments])
        if not program.checked:
            world.names.update({**EXCEPTIONS, "__builtins__": vars(builtins), "DOOR": channel.mine().fileno()})
        left: SystemExit | None = None
        try:
            stages.run(0, world)
        except SystemExit as end:  # of the main part only: as in Python, the threads and the files come to their ends
            left = end
        except BaseException as error:  # noqa: BLE001 - whatever it is ends the program
            self._end_by(error)
        self._threads.wait_for_all()
        try:
            opened_over.catch_up()
            opened.flush_all()
        except Exception as error:  # noqa: BLE001 - say that the last data did not get to the file
            self._end_by(error)
        if left is not None:
            self._end_by(left)
        self._end(OutcomeKind.EXITED, "0")

    def _first_world(self, program: door.Program, stages: Stages, arguments: list[str]) -> World:
        if program.layers or program.callfunc != _CALLFUNC:  # it is not like the one that was made for most programs
            return stages.new_world(0, self.calls(), arguments)
        self._world.names["callargs"].extend(arguments)  # one list, which its contexts and modules have, too
        return self._world

    def _compile(self, name: str, source: bytes) -> CodeType:
        """The code of the program or of a layer. Ends the run if the text is not Repy."""
        try:
            text = source.removeprefix(codecs.BOM_UTF8).decode()
            self._sources.add(name, text)
            if self._is_checked:
                return compile_program(text, name)
            stream = LogStream(self._output)
            sys.stdout, sys.stderr = stream, stream
            return compile(text, name, "exec")
        except CodeUnsafe as why:
            self._end(OutcomeKind.UNSAFE, str(why))
        except (SyntaxError, ValueError, MemoryError, RecursionError) as why:
            self._end(OutcomeKind.UNSAFE, f"{name}: this is not the text of a program: {why}")

    def calls(self) -> dict[str, object]:
        """The API, by the names that programs use."""
        log = api_listing(self._output.log, "log")
        calls: dict[str, object] = {
            "openfile": files.openfile,
            "listfiles": files.listfiles,
            "removefile": files.removefile,
            "open": made_of(opened.open_file, files.openfile, files.removefile, name="open"),
            "gethostbyname": network.gethostbyname,
            "getmyip": network.getmyip,
            "sendmessage": network.sendmessage,
            "listenformessage": network.listenformessage,
            "openconnection": network.openconnection,
            "listenforconnection": network.listenforconnection,
            "waitready": network.waitready,
            "advertise_announce": advertising.advertise_announce,
            "advertise_lookup": advertising.advertise_lookup,
            "createthread": api_call(self._threads.create, "createthread"),
            "getthreadname": api_call(self._threads.name, "getthreadname"),
            "createlock": createlock,
            "sleep": sleep,
            "getruntime": api_call(self._getruntime, "getruntime"),
            "randombytes": resources.randombytes,
            "getresources": resources.getresources,
            "getlasterror": api_call(self._getlasterror, "getlasterror"),
            "exitall": api_call(self._exitall, "exitall"),
            "log": log,
            "print": made_of(self._output.print, log),
            "createvirtualnamespace": api_call(self._createvirtualnamespace, "createvirtualnamespace"),
        }
        dylink = Dylink([*calls, *DYLINK], self._sources, self._format)
        return {**calls, **Context(dylink, {}).calls()}

    def _getruntime(self) -> float:
        """Tell the time.

        Returns:
            Seconds since the program began, a `float`. It never goes back.
        """
        return time.monotonic() - self._started

    def _createvirtualnamespace(self, code: str, name: str) -> VirtualNamespace:
        """Check code, to run it in any number of contexts.

        Args:
            code: The text of a program, a `str`.
            name: What tracebacks call it, a `str`.

        Returns:
            A virtual namespace.

        Raises:
            RepyArgumentError: An argument is of the wrong type, or `name` holds a NUL character.
            CodeUnsafeError: The text is not Repy, or no Python at all; the message has a line for each violation.
        """
        return create_namespace(code, name, self._sources)

    def _getlasterror(self) -> str | None:
        """Report on the exception that is being handled.

        Returns:
            A traceback with the program's own lines, a `str`; None when no exception is being handled in this thread,
            or when it has been told already.
        """
        error = sys.exception()
        if error is None or error is getattr(self._told, "error", None) or _is_private(error, stage_that_asks()):
            return None
        self._told.error = error
        return self._format(error)

    def _exitall(self) -> NoReturn:
        """End the program at once: no `finally` is run, and no thread goes on.

        Its outcome is `exited`, as if it were over. What the buffers of open files hold is lost.

        Returns:
            Never.
        """
        self._end(OutcomeKind.EXITED, "0")

    def _end_by(self, error: BaseException) -> NoReturn:
        stack_room.open_all()
        if isinstance(error, SystemExit):
            self._end(OutcomeKind.EXITED, _exit_detail(error.code))
        self._end(OutcomeKind.EXCEPTION, self._format(error))

    def _breach(self, what: str) -> NoReturn:
        """A layer has broken its contract: what it let happen must go no further."""
        stack_room.open_all()
        self._output.write(f"repy: {what}\n".encode("utf-8", "replace"))
        self._end(OutcomeKind.VIOLATION, what)

    def _end(self, kind: OutcomeKind, detail: str) -> NoReturn:
        text = detail.encode("utf-8", "backslashreplace").decode()[:_LONGEST_DETAIL]
        channel.mine().tell(door.Finished(kind.value, text))
        os._exit(0)

    def _format(self, error: BaseException) -> str:
        """The report for whose code asks. What a layer above that was at when it was interrupted is not told."""
        asks = stage_that_asks()

        def is_program(frame: FrameType) -> bool:
            if not self._is_checked:
                return frame.f_code.co_filename in self._sources
            stage = stage_of(frame)
            return stage is not None and (asks is None or stage >= asks)

        return format_exception(error, self._sources, is_program, is_private=lambda one: _is_private(one, asks))


def _is_private(error: BaseException, asks: int | None) -> bool:
    """Whether an exception has passed frames of layers above the stage that asks, and none that it may see."""
    stages = {stage for frame in frames_of(error) if (stage := stage_of(frame)) is not None}
    return asks is not None and bool(stages) and max(stages) < asks


def _exit_detail(code: object) -> str:
    """What `SystemExit` was raised with, as Python reads it: a number, or a message for people."""
    if code is None:
        return "0"
    if isinstance(code, int):
        return describe(int.__index__(code))[:_LONGEST_MESSAGE]  # not `int(code)`, which the program may have defined
    return describe(code)[:_LONGEST_MESSAGE] or "an empty message"
