"""The run of one program inside the walls: receive it, check it, run it, say how it ended."""

import builtins
import codecs
import os
import sys
import threading
import time
from types import CodeType, FrameType
from typing import NoReturn

from seattle.repy import door
from seattle.repy.guest import channel, files, network, opened, resources, stack_room
from seattle.repy.guest.calls import api_call, api_function, api_listing
from seattle.repy.guest.channel import Channel
from seattle.repy.guest.exceptions import EXCEPTIONS
from seattle.repy.guest.handles import Handle
from seattle.repy.guest.namespaces import VirtualNamespace, create_namespace
from seattle.repy.guest.output import LogStream, Output
from seattle.repy.guest.own_modules import Module
from seattle.repy.guest.safe_dict import SafeDict
from seattle.repy.guest.sources import Sources, is_own
from seattle.repy.guest.threads import Lock, Threads, createlock, sleep
from seattle.repy.guest.tracebacks import format_exception
from seattle.repy.guest.world import World
from seattle.repy.language import modules
from seattle.repy.language.compiler import compile_program
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


def preload() -> None:
    """Load what programs may need, while there is a file system. For the nursery."""
    modules.preload()
    # Programs hold objects of these classes, and so the classes; none may change them for another namespace.
    freeze_family(Handle, files.VesselFile, *network.HANDLES, Lock, opened.Raw, SafeDict, Module, VirtualNamespace)
    freeze(*EXCEPTIONS.values())
    for encoding in _ENCODINGS:
        codecs.lookup(encoding)
    rehearse()  # the parser sets up its own types on its first use


def run(line: Channel, report: list[tuple[str, str, str]]) -> NoReturn:
    """Tell the monitor how the walls stand, receive a program, run it to its end, and leave the process."""
    channel.use(line)
    line.tell(door.Ready(report))
    program, source = _receive(line)
    Runtime(program).run(source)


def rehearse() -> None:
    """Go once through what a program's start needs.

    In a guest that has just been forked this copies the pages that it would otherwise copy when it is in a hurry.
    """
    program = door.Program("rehearsal", 0, [], "initialize", checked=True)
    runtime = Runtime(program)
    code = compile_program("def f(x):\n    return f'{x!s}'\n\nf([1])\n", "rehearsal")
    exec(code, runtime.new_world().names)  # noqa: S102 - our own text
    door.decode_program(door.encode(program))


def _receive(line: Channel) -> tuple[door.Program, bytes]:
    program = line.hear()
    if not isinstance(program, door.Program):
        os._exit(1)
    source = bytearray()
    while len(source) < program.size:
        piece = line.hear()
        if not isinstance(piece, door.ProgramText):
            os._exit(1)
        source += piece.data
    return program, bytes(source)


class Runtime:
    """One program: its names, its threads, its end."""

    def __init__(self, program: door.Program) -> None:
        self._program = program
        self._output = Output()
        self._threads = Threads(self._end_by)
        self._started = time.monotonic()
        self._sources = Sources()
        self._told = threading.local()  # the last exception that a thread was told of

    def run(self, source: bytes) -> NoReturn:
        """Run the program. It is over when its main part and all its threads have ended."""
        code = self._compile(source)
        names = self.new_world().names
        if not self._program.checked:
            names["__builtins__"] = builtins
        try:
            exec(code, names)  # noqa: S102 - checked by the language wall, or meant to run without it
        except BaseException as error:  # noqa: BLE001 - whatever it is ends the program
            self._end_by(error)
        self._threads.wait_for_all()
        try:
            opened.flush_all()
        except Exception as error:  # noqa: BLE001 - say that the last data did not get to the file
            self._end_by(error)
        self._end(OutcomeKind.EXITED, "0")

    def _compile(self, source: bytes) -> CodeType:
        """The program's code. Ends the run if the text is not Repy."""
        name = self._program.name
        try:
            text = source.removeprefix(codecs.BOM_UTF8).decode()
            self._sources.add(name, text)
            if self._program.checked:
                return compile_program(text, name)
            stream = LogStream(self._output)
            sys.stdout, sys.stderr = stream, stream
            return compile(text, name, "exec")
        except CodeUnsafe as why:
            self._end(OutcomeKind.UNSAFE, str(why))
        except (SyntaxError, ValueError, MemoryError, RecursionError) as why:
            self._end(OutcomeKind.UNSAFE, f"{name}: this is not the text of a program: {why}")

    def new_world(self) -> World:
        """The world of the program, or of its outermost layer."""
        calls = self.calls() if self._program.checked else {**EXCEPTIONS, **self.calls()}
        return World(calls, self._program.arguments, self._program.callfunc, self._sources)

    def calls(self) -> dict[str, object]:
        """The API, by the names that programs use."""
        return {
            "openfile": files.openfile,
            "listfiles": files.listfiles,
            "removefile": files.removefile,
            "open": opened.open_file,
            "gethostbyname": network.gethostbyname,
            "getmyip": network.getmyip,
            "sendmessage": network.sendmessage,
            "listenformessage": network.listenformessage,
            "openconnection": network.openconnection,
            "listenforconnection": network.listenforconnection,
            "createthread": api_call(self._threads.create),
            "getthreadname": api_call(self._threads.name),
            "createlock": createlock,
            "sleep": sleep,
            "getruntime": api_call(self._getruntime),
            "randombytes": resources.randombytes,
            "getresources": resources.getresources,
            "getlasterror": api_call(self._getlasterror),
            "exitall": api_call(self._exitall),
            "log": api_listing(self._output.log),
            "print": api_function(self._output.print),
            "createvirtualnamespace": api_call(self._createvirtualnamespace),
        }

    def _getruntime(self) -> float:
        """Seconds since the program began."""
        return time.monotonic() - self._started

    def _createvirtualnamespace(self, code: str, name: str) -> VirtualNamespace:
        """Checked code, for any number of contexts."""
        return create_namespace(code, name, self._sources, lambda _context: None)

    def _getlasterror(self) -> str | None:
        """The report on the exception that is being handled, once; None if there is none, or no new one."""
        error = sys.exception()
        if error is None or error is getattr(self._told, "error", None):
            return None
        self._told.error = error
        return self._format(error)

    def _exitall(self) -> NoReturn:
        """End the program at once: no `finally`, no other thread."""
        self._end(OutcomeKind.EXITED, "0")

    def _end_by(self, error: BaseException) -> NoReturn:
        stack_room.open_all()
        if isinstance(error, SystemExit):
            code = error.code
            self._end(OutcomeKind.EXITED, "0" if code is None else str(code)[:100])
        self._end(OutcomeKind.EXCEPTION, self._format(error))

    def _end(self, kind: OutcomeKind, detail: str) -> NoReturn:
        text = detail.encode("utf-8", "replace").decode()[:_LONGEST_DETAIL]
        channel.mine().tell(door.Finished(kind.value, text))
        os._exit(0)

    def _format(self, error: BaseException) -> str:
        return format_exception(error, self._sources, self._is_program)

    def _is_program(self, frame: FrameType) -> bool:
        """Whether a frame is the program's own."""
        return is_own(frame) if self._program.checked else frame.f_code.co_filename in self._sources
