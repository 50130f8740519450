"""The private `__builtins__` mapping of a Repy namespace.

Each namespace gets a mapping and functions of its own, so that what one does to them (a function can carry
attributes) is not seen by another. `print`, `open`, `__import__` and the Repy calls come from the caller.
"""

import abc
import builtins as python
import struct
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from seattle.repy.language import compiler, guards, names
from seattle.repy.language.check import is_field_name
from seattle.repy.language.immutable import freeze
from seattle.repy.language.shadows import Shadow, Type, shadow_of

_SAME_AS_PYTHON = names.words(
    "abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate filter "
    "float format frozenset hash hex id int isinstance issubclass len list map max min next object oct ord pow "
    "property range repr reversed round set slice sorted staticmethod str sum super tuple zip "
    "Ellipsis NotImplemented"
)

_EXCEPTIONS = names.words(
    "ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError BrokenPipeError "
    "BufferError BytesWarning ChildProcessError ConnectionAbortedError ConnectionError ConnectionRefusedError "
    "ConnectionResetError DeprecationWarning EOFError EncodingWarning EnvironmentError Exception ExceptionGroup "
    "FileExistsError FileNotFoundError FloatingPointError FutureWarning GeneratorExit IOError ImportError "
    "ImportWarning IndentationError IndexError InterruptedError IsADirectoryError KeyError KeyboardInterrupt "
    "LookupError MemoryError ModuleNotFoundError NameError NotADirectoryError NotImplementedError OSError "
    "OverflowError PendingDeprecationWarning PermissionError ProcessLookupError RecursionError ReferenceError "
    "ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration StopIteration SyntaxError SyntaxWarning "
    "SystemError SystemExit TabError TimeoutError TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError "
    "UnicodeError UnicodeTranslateError UnicodeWarning UserWarning ValueError Warning ZeroDivisionError"
)

freeze(ExceptionGroup)  # the one builtin class that could be changed

ImportHook = Callable[..., Any]


def safe_builtins(extra: Mapping[str, object]) -> dict[str, object]:
    """The mapping to put under `__builtins__` in the globals of a namespace.

    `extra` adds to it and wins over it: `print`, `open`, the Repy calls and exceptions, and `__import__`, a hook that
    is called as Python's own is: `hook(name, globals, locals, fromlist, level)` returns the top module if fromlist
    is empty and the named module otherwise. What it returns must not be a real module. Without a hook, importing
    raises ImportError.
    """
    mapping: dict[str, object] = {name: getattr(python, name) for name in (*_SAME_AS_PYTHON, *_EXCEPTIONS)}
    mapping["type"] = Type
    mapping["__build_class__"] = _class_builder()
    mapping["iter"] = _iter_maker()
    mapping |= _checked_access()
    mapping.update(extra)
    hook: ImportHook = extra.get("__import__", _no_import)  # type: ignore[assignment]  # the caller's promise
    mapping["__import__"] = _importer(hook)
    mapping |= _rewritten_forms(hook)
    mapping[guards.MARK] = True
    return mapping


def _checked_access() -> dict[str, object]:
    """Fresh copies of the functions that take attribute names."""

    def getattr(target: object, name: object, /, *default: object) -> object:  # noqa: A001 - its name in tracebacks
        if len(default) > 1:
            raise TypeError(f"getattr expected at most 3 arguments, got {len(default) + 2}")
        if type(name) is str and name in guards.KNOWN_PLAIN:
            return python.getattr(target, name, *default)
        return guards.read(target, name, *default)

    def hasattr(target: object, name: object, /) -> bool:  # noqa: A001 - as above
        return guards.has(target, name)

    def setattr(target: object, name: object, value: object, /) -> None:  # noqa: A001 - as above
        guards.write(target, name, value)

    def delattr(target: object, name: object, /) -> None:  # noqa: A001 - as above
        guards.delete(target, name)

    return {"getattr": getattr, "hasattr": hasattr, "setattr": setattr, "delattr": delattr}


def _iter_maker() -> Callable[..., Iterator[Any]]:
    """A fresh `iter`. That of Python's loses what it waits for when the comparison with it has it called again."""

    def iter(target: Any, /, *sentinel: Any) -> Iterator[Any]:  # noqa: A001 - its name in tracebacks
        if not sentinel:
            return python.iter(target)
        if len(sentinel) > 1:
            raise TypeError(f"iter expected at most 2 arguments, got {len(sentinel) + 1}")
        if not callable(target):
            raise TypeError("iter(v, w): v must be callable")
        return _results(target, *sentinel)

    return iter


def _results(function: Callable[[], Any], last: Any) -> Iterator[Any]:
    while True:
        try:
            value = function()
        except StopIteration:
            return
        if last is value or last == value:
            return
        yield value


def _items(self: Any) -> Iterator[Any]:
    """The `__iter__` of a class that has only a `__getitem__`.

    Python's own way lets go of the object twice where `__getitem__` asks the same iterator for more.
    """
    for number in count():
        try:
            item = self[number]
        except (IndexError, StopIteration):
            return
        yield item


def _rewritten_forms(import_hook: ImportHook) -> dict[str, object]:
    """What `compiler` turned syntax into."""

    def import_from(module: str, wanted: Sequence[str]) -> tuple[object, ...]:
        found = import_hook(module, None, None, tuple(wanted), 0)
        return tuple(_import_one(found, module, name) for name in wanted)

    def import_as(module: str) -> object:
        return import_hook(module, None, None, ("*",), 0)

    return {
        compiler.READ_GUARDED: guards.read_guarded,
        compiler.READ_INIT: guards.read_init,
        compiler.READ_SUPER: guards.read_super,
        compiler.FORMAT: guards.call_format,
        compiler.STRIP: _strip,
        compiler.IMPORT_FROM: import_from,
        compiler.IMPORT_AS: import_as,
    }


def _importer(hook: ImportHook) -> ImportHook:
    """The hook, told apart from C code that imports for itself.

    C code that a program calls (datetime.strptime, say) imports through the builtins of the program, too. It is
    known by a fromlist that is a list, ignores the result, and takes the real module from the interpreter.
    """

    def import_module(
        name: str, globals_: object = None, locals_: object = None, fromlist: object = (), level: int = 0
    ) -> object:
        if type(fromlist) is list:
            if name not in sys.modules:
                raise ImportError(f"the interpreter needs the module {name!r}, which was not preloaded")
            return None
        return hook(name, globals_, locals_, fromlist, level)

    return import_module


def _import_one(module: object, module_name: str, name: str) -> object:
    try:
        return guards.read(module, name)
    except AttributeError as missing:
        raise ImportError(f"cannot import name {name!r} from {module_name!r}: {missing}") from None


def _no_import(name: str, *_: object) -> object:
    raise ImportError(f"no module named {name!r}: this namespace cannot import")


def _strip(value: object) -> object:
    """The arguments of an `__exit__` that takes `*args`, without the traceback."""
    if type(value) is tuple:
        return tuple(None if type(item) is types.TracebackType else item for item in value)
    return None


def _class_builder() -> Callable[..., type]:
    build = python.__build_class__

    def build_class(body: Callable[[], Any], name: str, /, *bases: Any) -> type:
        for base in bases:
            if isinstance(base, Shadow) or (issubclass(type(base), type) and issubclass(base, type)):
                raise TypeError(f"{base.__name__!r} cannot be a base class in Repy")
        cls: type = build(body, name, *bases)
        _check_class(cls)
        if "__getitem__" in cls.__dict__ and not any("__iter__" in base.__dict__ for base in cls.__mro__):
            type.__setattr__(cls, "__iter__", _items)
        return cls

    return build_class


_ORDINARY = frozenset({type, abc.ABCMeta})

# What Python itself puts into a class.
_PYTHONS_OWN = frozenset(
    names.words(
        "__module__ __qualname__ __doc__ __dict__ __weakref__ __annotations__ __classcell__ __slots__ __match_args__ "
        "__orig_bases__ __parameters__ __static_attributes__ __firstlineno__ __abstractmethods__ __annotate__ "
        "__annotate_func__ __annotations_cache__ __classdictcell__"
    )
)


def _check_class(cls: type) -> None:
    """Look once more at what the class statement made: the checker's verdict must have held."""
    if isinstance(cls, Shadow) or struct.Struct in cls.__mro__:
        # A Struct that is initialised anew while it packs reads memory that is no longer its own.
        raise TypeError("this class cannot be a base class in Repy")
    # The metaclass of an enumeration adds special methods of its own.
    for name in cls.__dict__ if type(cls) in _ORDINARY else ():
        if names.UNDERSCORE_PAIR in name and name not in names.DEFINABLE and name not in _PYTHONS_OWN:
            raise TypeError(f"a class cannot define {name!r} in Repy")
    fields = cls.__dict__.get("__match_args__", ())
    if type(fields) is not tuple or not all(type(name) is str and is_field_name(name) for name in fields):
        raise TypeError("__match_args__ must be a tuple of plain names")


__all__ = ["safe_builtins", "shadow_of"]
