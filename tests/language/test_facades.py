import io
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seattle.repy.language import guards, names
from seattle.repy.language.immutable import is_frozen
from seattle.repy.language.modules import NAMES, load_facade, preload
from seattle.repy.language.modules.facade import Facade

Run = Callable[..., list[str]]  # a program in, what it printed out


FORBIDDEN = (
    types.ModuleType,
    types.FrameType,
    types.CodeType,
    types.TracebackType,
    types.CellType,
    types.MappingProxyType,
    io.IOBase,
    memoryview,
)
CHANGEABLE = (list, dict, set, bytearray)

# Known and harmless: reached through a class, used by nobody, or replaced for every namespace.
# (path prefix, reason)
KNOWN_CHANGEABLE = {
    "enum.": "the empty tables of enumerations without members; filled tables belong to the program's own classes",
}


def _reachable(path: str, value: Any) -> Iterator[tuple[str, str, Any]]:
    """(path, dotted path, value) of all that a program can get at with attribute names, subscripts and iteration."""
    seen: set[int] = set()
    alive: list[Any] = []  # an id means something only while its object lives
    waiting = [(path, value)]
    while waiting:
        path, value = waiting.pop()
        if id(value) in seen or isinstance(value, str | bytes | int | float | complex | None):
            continue
        seen.add(id(value))
        alive.append(value)
        assert len(alive) < 50_000, "the walk does not end"
        yield path, path, value
        for name in dir(value) if not isinstance(value, Facade) else vars(value):
            if guards.may_read(name):
                try:
                    waiting.append((f"{path}.{name}", guards.read(value, name)))
                except (AttributeError, TypeError, ValueError):
                    continue
        if isinstance(value, tuple | list | set | frozenset):
            waiting.extend((f"{path}[]", item) for item in value)
        if isinstance(value, dict):
            waiting.extend((f"{path}[{key!r}]", item) for key, item in value.items())


@pytest.mark.parametrize("name", sorted(NAMES))
def test_given_a_facade_when_all_it_reaches_is_walked_then_nothing_dangerous_is_found(name: str) -> None:
    for path, _, value in _reachable(name, load_facade(name)):
        assert not isinstance(value, FORBIDDEN), f"{path} is a {type(value).__name__}"
        assert not (isinstance(value, type) and issubclass(value, type)), f"{path} is a metaclass"
        if isinstance(value, CHANGEABLE):
            assert any(path.startswith(prefix) for prefix in KNOWN_CHANGEABLE), f"{path} can be changed"


@pytest.mark.parametrize("name", sorted(NAMES))
def test_given_a_facade_when_its_classes_are_walked_then_none_can_be_changed(name: str) -> None:
    for path, _, value in _reachable(name, load_facade(name)):
        if isinstance(value, type):
            assert is_frozen(value), f"{path} can be changed"


@pytest.mark.parametrize("name", sorted(NAMES))
def test_given_a_facade_then_it_shows_public_names_only(name: str) -> None:
    module = load_facade(name)
    assert module is not None
    assert vars(module)
    assert not [member for member in vars(module) if member.startswith("_")]


@pytest.mark.parametrize("name", ["os", "sys", "builtins", "_thread", "collections.x", "", "math.x", "__main__"])
def test_given_a_module_that_is_not_listed_then_there_is_no_facade(name: str) -> None:
    assert load_facade(name) is None


def test_given_two_namespaces_when_one_seeds_random_then_the_other_does_not_notice(run: Run) -> None:
    program = "import random\nrandom.seed(1)\nprint(random.random())"
    assert run(program) == run(program)
    one, other = load_facade("random"), load_facade("random")
    one.seed(1)  # type: ignore[union-attr]
    first = one.random()  # type: ignore[union-attr]
    one.seed(1)  # type: ignore[union-attr]
    other.seed(2)  # type: ignore[union-attr]
    assert one.random() == first  # type: ignore[union-attr]


def test_facades_without_state_are_shared() -> None:
    assert load_facade("json") is load_facade("json")


def test_preloading_twice_changes_nothing() -> None:
    preload()
    assert load_facade("math").pi > 3  # type: ignore[union-attr]


def test_given_a_missing_name_then_the_error_names_the_module(run: Run) -> None:
    assert run("import json\ntry: json.nothing\nexcept AttributeError as e: print(e)") == [
        "module 'json' has no attribute 'nothing' in Repy"
    ]


def test_every_internal_name_is_refused_by_the_reader() -> None:
    assert not [name for name in names.INTERNAL if guards.may_read(name)]


def test_given_the_preloaded_interpreter_then_standard_modules_still_import_and_work() -> None:
    program = """
import sys
sys.path.insert(0, sys.argv[1])
from seattle.repy.language.modules import preload
preload()
import http, ssl, logging, inspect, asyncio, typing, msgspec, random, json, collections, enum, dataclasses
class Color(enum.Enum):
    RED = enum.auto()
@dataclasses.dataclass(slots=True, frozen=True)
class Point:
    x: int = 1
class Frame(msgspec.Struct): x: typing.Optional[int]
assert msgspec.msgpack.decode(msgspec.msgpack.encode(Frame(1)), type=Frame).x == 1
assert collections.Counter("aab").most_common(1) == [("a", 2)] and random.Random(1).randint(1, 1) == 1
assert collections.ChainMap({1: 2}).new_child().parents[1] == 2 and http.HTTPStatus.OK == 200
"""
    source = Path(__file__).parents[2] / "src"
    subprocess.run([sys.executable, "-c", program, str(source)], check=True, timeout=60)
