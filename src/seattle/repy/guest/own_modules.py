"""`import NAME` of the program's own files: NAME.py in its vessel, read, checked and run like the program itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn, Self

from seattle.repy.guest.exceptions import FileInUseError
from seattle.repy.guest.exceptions import FileNotFoundError as NoSuchFileError
from seattle.repy.guest.loading import Loading
from seattle.repy.guest.program_text import compile_file, read_file
from seattle.repy.guest.safe_dict import is_safe_name
from seattle.repy.guest.sources import Sources

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")  # of files in a vessel, without those no name can have


class Module:
    """What `import` gives for a file of the program's own. Its attributes are the globals of the file's code."""

    __slots__ = ("__dict__", "__weakref__")

    def __new__(cls, *_args: object, **_kwargs: object) -> Self:
        """Refuse."""
        raise TypeError("modules are imported, not made")

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("modules are imported, not made")

    def __setattr__(self, name: str, value: object) -> None:
        if not is_safe_name(name):  # it becomes a global, and some of those the checker relies on
            raise AttributeError(f"the name {name!r} cannot be bound")
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"module {names_of(self)['__name__']!r} has no attribute {name!r}")

    def __repr__(self) -> str:
        return f"<module {names_of(self)['__name__']!r}>"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("modules cannot be copied")


def names_of(module: Module) -> dict[str, Any]:
    """The globals behind a module."""
    names: dict[str, Any] = object.__getattribute__(module, "__dict__")
    return names


class OwnModules:
    """The program's own modules, each of which is run once.

    `calls` has the `openfile` by which their text is read, so that a layer may interpose on that, too.
    `new_names` makes the globals for a module of a given name.
    """

    def __init__(self, calls: Mapping[str, Any], new_names: Callable[[str], dict[str, Any]], sources: Sources) -> None:
        self._calls = calls
        self._new_names = new_names
        self._sources = sources
        self._loading: Loading[Module] = Loading()

    def load(self, name: str) -> Module | None:
        """The module; None if there is no such file. Raises ImportError and CodeUnsafeError, naming the file."""
        if not _LETTERS.issuperset(name) or "openfile" not in self._calls:
            return None
        try:
            return self._loading.get(name, lambda: self._make(name), self._run)
        except _NoFileError:
            return None

    def _make(self, name: str) -> Module:
        module = object.__new__(Module)
        object.__setattr__(module, "__dict__", self._new_names(name))
        return module

    def _run(self, module: Module) -> None:
        names = names_of(module)
        file = f"{names['__name__']}.py"
        try:
            data = read_file(self._calls["openfile"], file)
        except NoSuchFileError:
            raise _NoFileError from None
        except FileInUseError as why:
            raise ImportError(f"{file} can't be imported while the program has it open") from why
        code = compile_file(data, file, self._sources)
        exec(code, names)  # noqa: S102 - checked by the language wall


class _NoFileError(Exception):
    """There is no such file: not an ImportError that comes from within a module."""
