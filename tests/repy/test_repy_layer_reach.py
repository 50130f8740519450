"""What code beneath a layer can reach: everything that Repy lets it read, followed to the end."""

import types
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest

from seattle.repy.guest.derived import made_of
from seattle.repy.guest.exceptions import RepyException, SeekPastEndOfFileError
from seattle.repy.guest.layers import Stage, Stages
from seattle.repy.guest.opened_over import open_over
from seattle.repy.guest.safe_dict import SafeDict
from seattle.repy.guest.sources import Sources
from seattle.repy.guest.threads import createlock
from seattle.repy.language import guards
from seattle.repy.language.compiler import compile_program

LAYERS = Path(__file__).parents[2] / "examples" / "layers"
MOST = 100_000  # objects; there are some thousands
# Nothing of their own is behind these, and they are made anew whenever they are read.
LEAVES = (str, bytes, int, float, complex, types.BuiltinMethodType, types.MethodType, types.MethodWrapperType)


class RawFile:
    """Stands for a file of the vessel."""

    def __init__(self) -> None:
        self.data = bytearray(b"dear diary")

    def readat(self, size: int | None, offset: int) -> bytes:
        if offset > len(self.data):
            raise SeekPastEndOfFileError("past the end")
        return bytes(self.data[offset:] if size is None else self.data[offset : offset + size])

    def writeat(self, data: bytes, offset: int) -> None:
        self.data[offset : offset + len(data)] = data

    def close(self) -> None:
        """Do nothing."""


class RawListener:
    """Stands for a listening socket."""

    def getconnection(self) -> NoReturn:
        raise RepyException(self)

    def getmessage(self) -> NoReturn:
        raise RepyException(self)

    def close(self) -> bool:
        return True


@pytest.fixture
def secrets() -> dict[str, Any]:
    """What a layer has, by name: calls that must not be had beneath it, and objects."""
    file, listener = RawFile(), RawListener()

    def openfile(_name: str, _create: bool) -> RawFile:
        return file

    def removefile(_name: str) -> None:
        raise RepyException(file)

    def listenforconnection(_ip: str, _port: int) -> RawListener:
        return listener

    def listenformessage(_ip: str, _port: int) -> RawListener:
        return listener

    def openconnection(*_arguments: object) -> NoReturn:
        raise RepyException(listener)

    def sendmessage(*_arguments: object) -> NoReturn:
        raise RepyException(listener)

    calls = (openfile, removefile, listenforconnection, listenformessage, openconnection, sendmessage)
    return {**{call.__name__: call for call in calls}, "a file": file, "a listener": listener}


@pytest.fixture
def beneath(secrets: dict[str, Any]) -> Callable[[str, str], SafeDict]:
    """The context of a program that has run beneath a layer."""

    def run(layer: str, program: str) -> SafeDict:
        kept: list[SafeDict] = []
        calls = {
            **{name: value for name, value in secrets.items() if callable(value)},
            "createlock": createlock,
            "gethostbyname": len,
            "keep": kept.append,
            "open": made_of(open_over(secrets["openfile"], None), secrets["openfile"], secrets["removefile"]),
        }
        texts = {"layer.py": (LAYERS / f"{layer}.py").read_text(), "program.py": f"{program}\nkeep(_context)\n"}
        codes = [Stage(name, compile_program(text, name)) for name, text in texts.items()]
        stages = Stages(codes, "initialize", Sources(), fail)
        stages.run(0, stages.new_world(0, calls, ["program.py"]))
        return kept[0]

    return run


def fail(what: str) -> NoReturn:
    raise AssertionError(what)


def everything_from(start: Iterable[Any]) -> dict[int, Any]:
    """All that can be reached by reading attributes and by looking into containers, by id."""
    found: dict[int, Any] = {}
    waiting = list(start)
    while waiting:
        value = waiting.pop()
        if id(value) in found:
            continue
        found[id(value)] = value
        assert len(found) < MOST
        if isinstance(value, LEAVES):
            continue
        for name in {*dir(value), *dir(type(value)), "the__inner", "args", "value"}:
            if guards.may_read(name):
                try:
                    waiting.append(guards.read(value, name))
                except Exception:  # noqa: BLE001 - a program would see it, and have nothing
                    continue
        if isinstance(value, SafeDict):
            waiting.extend(value.values())
        elif isinstance(value, Mapping):
            waiting.extend([*value.keys(), *value.values()])
        elif isinstance(value, list | tuple | set | frozenset):
            waiting.extend(value)
    return found


APPEND = """
file = openfile("diary.txt", False)
buffered = open("diary.txt", "r+")
errors = []
for attempt in (lambda: removefile("x"), lambda: file.writeat("x", 0), lambda: file.readat(1, 1000)):
    try:
        attempt()
    except Exception as error:
        errors.append(error)
method = file.writeat
"""

TALK = """
listener = listenforconnection("127.0.0.1", 5)
ears = listenformessage("127.0.0.1", 5)
errors = []
for attempt in (
    lambda: openconnection("127.0.0.2", 5, "127.0.0.1", 5, 5),
    lambda: openconnection("127.0.0.1", 5, "127.0.0.1", 5, 5),
    lambda: sendmessage("127.0.0.1", 5, "x", "127.0.0.1", 5),
    listener.getconnection,
    ears.getmessage,
):
    try:
        attempt()
    except Exception as error:
        errors.append(error)
"""


@pytest.mark.parametrize(
    ("layer", "program", "held"),
    [
        ("append_only", APPEND, ("openfile", "removefile", "a file")),
        ("one_host", TALK, ("openconnection", "sendmessage", "listenforconnection", "listenformessage", "a listener")),
    ],
)
def test_given_a_layer_when_all_is_followed_that_a_program_can_read_then_nothing_leads_to_what_the_layer_holds(
    beneath: Callable[[str, str], SafeDict], secrets: dict[str, Any], layer: str, program: str, held: tuple[str, ...]
) -> None:
    context = beneath(layer, program)
    builtins = context.the__names["__builtins__"]
    found = everything_from([context, builtins])
    assert len(context["errors"]) == (3 if layer == "append_only" else 5)
    assert len(found) > 1000
    assert [name for name in held if id(secrets[name]) in found] == []


def test_given_no_layer_when_all_is_followed_then_the_way_to_a_file_is_found(secrets: dict[str, Any]) -> None:
    class Loose:
        def __init__(self) -> None:
            self.file = secrets["a file"]

    assert id(secrets["a file"]) in everything_from([SafeDict({"x": [Loose()]})])
    assert id(secrets["a file"]) in everything_from([RepyException(secrets["a file"])])
