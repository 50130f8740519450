"""SeattleLib for the programs of this process: its texts, checked and compiled once, and the modules made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from types import CodeType
from typing import Any, Final

from seattle.repy.guest.derived import settle
from seattle.repy.guest.kept_code import kept
from seattle.repy.guest.loading import Loading
from seattle.repy.guest.own_modules import Module, names_of
from seattle.repy.guest.packed import PackedTexts, pack, unpack
from seattle.repy.guest.safe_dict import wrap
from seattle.repy.language.compiler import compile_program
from seattle.repy.language.modules import load_facade
from seattle.repy.language.names import words

OLD: Final = "old"  # the folder of what only `dy_import_module` finds
CALLS: Final = frozenset(
    words(
        "openfile listfiles removefile open gethostbyname getmyip sendmessage listenformessage openconnection "
        "listenforconnection waitready advertise_announce advertise_lookup createthread getthreadname createlock "
        "sleep getruntime randombytes getresources getlasterror exitall log print createvirtualnamespace"
    )
)
"""What modules find of the names of a context, which has the names of a program, too."""

CALLED_AS: Final = "called__as"
"""Among the calls of an importer, what its program is called by; no program can spell this name."""

_code: dict[str, bytes] = {}  # packed

NewBuiltins = Callable[[Callable[..., Any], dict[str, Any]], dict[str, Any]]
"""Makes builtins of a hook for imports and of calls: `world.bare_builtins`."""

_SUFFIXES: Final = (".r2py", ".repy", ".py")
_PACKAGE_FILE: Final = "__init__.py"


@cache
def texts() -> Mapping[str, str]:
    """The text of each module, by its name as `import` spells it; those of the reference begin with `old.`."""
    return PackedTexts(_read_all())


def _read_all() -> Iterator[tuple[str, str]]:
    for entry in (resources.files("seattle") / "lib").iterdir():
        if entry.is_dir() and not entry.name.startswith("_"):
            if entry.name != OLD:
                yield entry.name, ""  # unless it has a text of its own, which follows
            for one in entry.iterdir():
                yield from _text_in(one, f"{entry.name}.")
        else:
            yield from _text_in(entry, "")


def _text_in(file: Traversable, package: str) -> list[tuple[str, str]]:
    if file.name == _PACKAGE_FILE:
        return [(package.rstrip("."), file.read_text("utf-8"))] if package else []
    if not file.name.endswith(".py"):
        return []
    return [(package + file.name.removesuffix(".py"), file.read_text("utf-8"))]


def code_of(name: str) -> CodeType:
    """The code of a module. Raises CodeUnsafe, which the tests rule out."""
    if name not in _code:
        _code[name] = _packed_code(name)
    return unpack(_code[name])


def _packed_code(name: str) -> bytes:
    return pack(compile_program(texts()[name], file_of(name)))


def file_of(name: str) -> str:
    """What tracebacks call its file; no file of a vessel can have such a name."""
    return f"seattlelib/{name.replace('.', '/')}.py"


@cache
def texts_by_file() -> Mapping[str, str]:
    """The texts, by the names that tracebacks have for them."""
    return _TextsByFile()


class _TextsByFile(Mapping[str, str]):
    def __init__(self) -> None:
        self._names = {file_of(name): name for name in texts()}

    def __getitem__(self, file: str) -> str:
        return texts()[self._names[file]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def old_code(file: str) -> CodeType | None:
    """The code for `dy_import_module(file)`; None if there is none of this name."""
    for suffix in _SUFFIXES:
        if file.endswith(suffix):
            stem = file.removesuffix(suffix)
            name = next((one for one in (f"{OLD}.{stem}", stem) if one in texts()), None)
            return None if name is None else code_of(name)
    return None


def preload() -> None:
    """Have the code of all, while there is a file system to read it from."""
    _code.update(kept(texts(), lambda: {name: _packed_code(name) for name in texts()}))


class LibraryModules:
    """The modules of SeattleLib for one importer, each of which is run once.

    `calls` are the API calls that they have, and the program's `callargs`. `hook` is called for each import of theirs.
    `new_builtins` makes their builtins, of which the calls are a part.
    """

    def __init__(
        self,
        calls: Mapping[str, Any],
        hook: Callable[..., Any],
        new_builtins: NewBuiltins,
    ) -> None:
        self._calls = calls
        self._hook = hook
        self._new_builtins = new_builtins
        self._loading: Loading[Module] = Loading()
        self.called_as = ""  # what the importer's code is called by

    def load(self, name: str) -> Module | None:
        """The module; None if there is none of this name."""
        if name not in texts() or name.startswith(f"{OLD}."):
            return None
        package, _, inner = name.rpartition(".")
        around = self.load(package) if package else None
        module = self._loading.get(name, lambda: self._make(name), lambda made: exec(code_of(name), names_of(made)))  # noqa: S102 - checked by the language wall
        if around is not None:
            names_of(around)[inner] = module
        return module

    def _make(self, name: str) -> Module:
        names: dict[str, Any] = {"__name__": name, "__doc__": None}
        if (pythons := load_facade(name, self._calls)) is not None:
            names |= vars(pythons)  # `html` has Python's `escape`, beside the library's `html.parser`
        calls = {call: value for call, value in self._calls.items() if call in CALLS}
        calls |= {"callfunc": "import", "mycontext": {}, "_context": wrap(names)}
        calls |= {"callargs": self._calls.get("callargs", []), "callname": self.called_as}
        settle(calls, whole=False, names=names)
        names["__builtins__"] = self._new_builtins(self._hook, calls)
        module = object.__new__(Module)
        object.__setattr__(module, "__dict__", names)
        return module
