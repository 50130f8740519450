import ast
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
from seattle.repy.language.shadows import shadow_of

Run = Callable[..., list[str]]  # a program in, what it printed out


NEVER = (types.ModuleType, types.FrameType, types.CodeType, types.TracebackType, types.CellType)
FORBIDDEN = (
    *NEVER,
    types.MappingProxyType,
    types.FunctionType,  # anyone can give it attributes
    io.IOBase,
    memoryview,
)
CHANGEABLE = (list, dict, set, bytearray)

# Programs that make an object of what a facade offers: what all such objects share must not be changeable either.
# Where a program makes the object, its own attributes are its own; so only what two of them share is looked at.
SPECIMENS = {
    "abc": "ABC",
    "calendar": "Calendar()",
    "collections": "OrderedDict(a=1), Counter('ab'), ChainMap({}), deque([1]), namedtuple('P', 'x')(1), UserList()",
    "contextlib": "ExitStack(), contextmanager(lambda: iter(()))(), closing(1), nullcontext(), suppress(KeyError)",
    "csv": "Dialect, DictReader(['a']), excel(), reader(['a']), writer(StringIO()), DictWriter(StringIO(), ['a'])",
    "dataclasses": "field(default=1)",
    "datetime": "datetime.now(), date.today(), timedelta(1), UTC, time(1), date.today().timetuple()",
    "decimal": "Decimal(1), Context(), Context().flags, localcontext(), getcontext()",
    "difflib": "SequenceMatcher(None, 'a', 'b'), Differ()",
    "enum": "auto()",
    "fractions": "Fraction(1, 2)",
    "functools": "partial(int, 1), lru_cache(len), cached_property(len), singledispatch(len), cmp_to_key(max)(1)",
    "hashlib": "sha256(), blake2b(), shake_128()",
    "hmac": "new(b'', b'', 'md5')",
    "io": "StringIO(), BytesIO()",
    "ipaddress": "ip_address('1.2.3.4'), ip_address('::1'), ip_network('10.0.0.0/8'), ip_network('fe80::/10'), "
    "ip_interface('1.2.3.4/8'), ip_interface('::1/8')",
    "itertools": "count(), chain(), groupby('aab'), tee('ab'), cycle('a')",
    "json": "JSONDecoder(), JSONEncoder()",
    "operator": "itemgetter(1), attrgetter('x'), methodcaller('x')",
    "queue": "Queue(), LifoQueue(), PriorityQueue(), SimpleQueue()",
    "random": "Random(1), SystemRandom()",
    "re": "compile('(?P<a>x)'), match('(?P<a>x)', 'x'), compile('x').scanner('x')",
    "secrets": "SystemRandom()",
    "statistics": "NormalDist(), linear_regression([1, 2], [3, 4])",
    "string": "Template('$x')",
    "struct": "Struct('<H')",
    "textwrap": "TextWrapper()",
    "time": "gmtime(0)",
    "typing": "TypeVar('T'), NamedTuple('P', [('x', int)])",
    "urllib.parse": "urlsplit('http://a/b?c#d'), urlparse('http://a/b?c#d'), urldefrag('a#b'), urlsplit(b'http://a')",
    "uuid": "uuid4(), uuid5(NAMESPACE_DNS, 'x'), NAMESPACE_URL",
    "zlib": "compressobj(), decompressobj()",
}


def _reachable(path: str, value: Any, *, depth: int = 100) -> Iterator[tuple[str, Any]]:
    """(path, value) of all that a program can get at with attribute names, subscripts and iteration."""
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
        yield path, value
        if path.count(" > ") >= depth:
            continue
        for name in dir(value) if not isinstance(value, Facade) else vars(value):
            if guards.may_read(name):
                try:
                    found = guards.read(value, name)
                    if name not in names.GUARDED or found is guards.read(value, name):  # some are made for each reader
                        waiting.append((f"{path} > {name}", found))
                except (AttributeError, TypeError, ValueError):
                    continue
        if isinstance(value, tuple | list | set | frozenset):
            waiting.extend((f"{path} > []", item) for item in value)
        if isinstance(value, dict):
            waiting.extend((f"{path} > [{key!r}]", item) for key, item in value.items())


@pytest.mark.parametrize("name", sorted(NAMES))
def test_given_a_facade_when_all_it_reaches_is_walked_then_nothing_dangerous_is_found(name: str) -> None:
    for path, value in _reachable(name, load_facade(name)):
        assert not isinstance(value, FORBIDDEN), f"{path} is a {type(value).__name__}"
        assert not (isinstance(value, type) and issubclass(value, type)), f"{path} is a metaclass"
        assert not isinstance(value, CHANGEABLE), f"{path} can be changed"
        assert not _takes_attributes(value), f"{path} takes attributes"


def _takes_attributes(value: Any) -> bool:
    if isinstance(value, type | types.MethodType | Facade):
        return False
    try:
        value.probe = 1
    except (AttributeError, TypeError):
        return False
    del value.probe
    return True


def _specimens(name: str, run: Run) -> list[Any]:
    """Two of each, made by two programs."""
    made: list[Any] = []
    source = f"from {name} import {', '.join(_names_in(SPECIMENS[name], name))}\nkeep([{SPECIMENS[name]}])"
    if "StringIO" in SPECIMENS[name] and name != "io":
        source = f"from io import StringIO\n{source}"
    for _ in range(2):
        run(source, keep=made.append)
    return made


def _names_in(source: str, module: str) -> list[str]:
    members = vars(load_facade(module))
    return sorted({node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)} & set(members))


@pytest.mark.parametrize("name", sorted(SPECIMENS))
def test_given_objects_of_two_programs_when_they_share_something_then_it_cannot_be_changed(run: Run, name: str) -> None:
    one, other = (dict(_by_id(f"{name}: {SPECIMENS[name]}", made)) for made in _specimens(name, run))
    for key, (path, value) in one.items():
        assert not isinstance(value, NEVER), f"{path} is a {type(value).__name__}"
        own = type(value).__module__ in {"__main__", "seattle.repy.language.modules.careful_collections"}
        assert own or is_frozen(shadow_of(type(value))), f"{type(value)}, the class of {path}, can be changed"
        if key in other:
            assert not isinstance(value, FORBIDDEN), f"{path} is a {type(value).__name__}"
            assert not isinstance(value, type) or is_frozen(value), f"{path} is shared and can be changed"
            assert not isinstance(value, CHANGEABLE), f"{path} is shared and can be changed"
            assert not _takes_attributes(value), f"{path} is shared and takes attributes"


def _by_id(path: str, made: Any) -> Iterator[tuple[int, tuple[str, Any]]]:
    for where, value in _reachable(path, made, depth=4):
        yield id(value), (where, value)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_given_a_facade_when_its_classes_are_walked_then_none_can_be_changed(name: str) -> None:
    for path, value in _reachable(name, load_facade(name)):
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


def test_given_calls_then_time_and_pprint_are_made_of_them_and_of_nothing_else() -> None:
    said: list[object] = []
    calls = {"sleep": said.append, "getruntime": lambda: 2.5, "print": said.append}
    time, pprint = load_facade("time", calls), load_facade("pprint", calls)
    vars(time)["sleep"](3)
    vars(pprint)["pprint"]({"b": 1, "a": 2})
    assert said == [3, "{'a': 2, 'b': 1}"]
    assert (vars(time)["monotonic"](), vars(time)["perf_counter_ns"]()) == (2.5, 2_500_000_000)


@pytest.mark.parametrize(
    ("module", "name"), [("time", "sleep"), ("time", "monotonic"), ("pprint", "pprint"), ("pprint", "pp")]
)
def test_given_no_calls_then_what_is_made_of_them_is_not_there(module: str, name: str) -> None:
    assert name not in vars(load_facade(module))


def test_given_a_file_of_the_program_s_when_it_is_digested_then_it_is_handed_no_view_of_memory(run: Run) -> None:
    program = (
        "import hashlib\n"
        "class Thief:\n"
        "    pieces = [b'ab', b'c', b'']\n"
        "    def readable(self):\n        return True\n"
        "    def readinto(self, view):\n        print('got', type(view))\n        return 0\n"
        "    def getbuffer(self):\n        print('asked for a buffer')\n        return b''\n"
        "    def read(self, most):\n        return self.pieces.pop(0)\n"
        "print(hashlib.file_digest(Thief(), 'sha256').digest() == hashlib.sha256(b'abc').digest())\n"
    )
    assert run(program) == ["True"]
