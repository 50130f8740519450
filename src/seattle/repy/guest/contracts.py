"""What a security layer promises of each name that it gives to the code beneath it, and how the promise is kept.

A layer describes every name with a dict: `type` (`func`, `objc`, `const` or `any`), `target` (the function or the
value), and for functions `args`, `exceptions` and `return`. Wrong arguments are the caller's mistake, and raise
RepyArgumentError. Anything else that breaks the contract is the layer's own mistake, and ends the whole program:
code beneath it must not be able to make use of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import Context
from types import BuiltinFunctionType, FunctionType, MemberDescriptorType, MethodType
from typing import Any, NamedTuple, NoReturn, Self

from seattle.repy.guest.calls import fixed
from seattle.repy.guest.copies import deep_copy
from seattle.repy.guest.exceptions import RepyArgumentError
from seattle.repy.guest.safe_dict import is_safe_name
from seattle.repy.language.immutable import freeze, is_frozen
from seattle.repy.language.shadows import Shadow, shadow_of

Breach = Callable[[str], NoReturn]
"""Ends the program, with a word on whose promise was broken."""

_ROOM = 50  # frames, more than it takes to decide on an exception and to tell of a breach

_ANY = "any"
_MORE = "var"
_PLAIN = frozenset({type(None), bool, int, float, complex, str, bytes})
_FUNCTION_KEYS = frozenset({"type", "target", "args", "exceptions", "return"})
_VALUE_KEYS = frozenset({"type", "target"})


class Contract(NamedTuple):
    """A function's contract, understood. None stands for `any`."""

    name: str
    target: Callable[..., Any]
    arguments: tuple[Allowed, ...] | None
    open_ended: bool  # any further arguments may follow
    exceptions: tuple[Allowed, ...] | None
    returns: Allowed | None
    wrap: Callable[[Any], Any] | None  # for what returns objects


class Allowed(NamedTuple):
    """Classes that a value may have: these very ones, or also classes derived from them. None stands for any."""

    classes: tuple[Any, ...] | None
    derived: bool = False
    optional: bool = False  # the argument may be left out

    def fits(self, value: object) -> bool:
        """Whether the value may pass."""
        if self.classes is None:
            return True
        kind = type(value)
        if kind in self.classes or shadow_of(kind) in self.classes:
            return True
        return self.derived and isinstance(value, self.classes)

    def __str__(self) -> str:
        return "anything" if self.classes is None else " or ".join(cls.__name__ for cls in self.classes)


def name_below(name: str, definition: object, breach: Breach) -> Any:
    """What the code beneath a layer finds under `name`. Raises RepyArgumentError if the definition is malformed."""
    if not is_safe_name(name):
        raise RepyArgumentError(f"a layer defines the name {name!r}, which is not part of Repy")
    if type(definition) is not dict or definition.get("type") not in ("func", "objc", "const", "any"):
        raise _malformed(name, "it has to be a dict whose `type` is func, objc, const or any")
    kind = definition["type"]
    keys = _VALUE_KEYS if kind in ("const", "any") else _FUNCTION_KEYS
    missing = keys - definition.keys() if kind in ("const", "any") else keys ^ definition.keys()
    if missing:
        raise _malformed(name, f"a {kind} has {', '.join(sorted(keys))}, and no other keys")
    if kind == "any":
        return definition["target"]
    if kind == "const":
        return deep_copy(definition["target"])
    return _bind(_understand(name, definition, breach), breach)


def _understand(name: str, definition: Mapping[str, Any], breach: Breach) -> Contract:
    target = definition["target"]
    if not isinstance(target, (FunctionType, MethodType, BuiltinFunctionType)):
        raise _malformed(name, "its target is not a function")
    arguments, open_ended = _arguments(name, definition["args"])
    wrap, returns = None, None
    if definition["type"] == "objc":
        wrap, returns = _object_wrapper(name, definition["return"], breach)
    elif definition["return"] is None:
        returns = Allowed((type(None),))
    elif definition["return"] != _ANY:
        returns = _classes(name, definition["return"], derived=isinstance(definition["return"], type))
    return Contract(name, target, arguments, open_ended, _exceptions(name, definition["exceptions"]), returns, wrap)


def _arguments(name: str, given: object) -> tuple[tuple[Allowed, ...] | None, bool]:
    if given is None:
        return (), False
    if type(given) is str and given == _ANY:
        return None, True
    if type(given) not in (tuple, list):
        raise _malformed(name, "`args` has to be None, 'any', or a tuple with an entry for each argument")
    entries = list(given)  # type: ignore[call-overload]  # a tuple or a list
    open_ended = bool(entries) and type(entries[-1]) is str and entries[-1] == _MORE
    if open_ended:
        entries.pop()
    return tuple(_argument(name, entry) for entry in entries), open_ended


def _argument(name: str, entry: object) -> Allowed:
    if type(entry) is str and entry == _ANY:
        return Allowed(None)
    classes: tuple[Any, ...] = tuple(entry) if type(entry) in (tuple, list) else (entry,)  # type: ignore[arg-type]
    return _classes(name, tuple(cls for cls in classes if cls is not None), optional=None in classes)


def _exceptions(name: str, given: Any) -> tuple[Allowed, ...] | None:
    if given is None:
        return ()
    if type(given) is str and given == _ANY:
        return None
    allowed = _classes(name, given, derived=isinstance(given, type))
    if not all(isinstance(cls, type) and issubclass(cls, BaseException) for cls in allowed.classes or ()):
        raise _malformed(name, "`exceptions` has to be None, 'any', an exception class, or a tuple of them")
    return (allowed,)


def _classes(name: str, given: object, *, derived: bool = False, optional: bool = False) -> Allowed:
    classes: tuple[Any, ...] = tuple(given) if type(given) in (tuple, list) else (given,)  # type: ignore[arg-type]
    if not all(isinstance(cls, type) for cls in classes):
        raise _malformed(name, f"{given!r} is neither a class nor a tuple of classes")
    return Allowed(classes, derived=derived and not isinstance(given, Shadow), optional=optional)


def _bind(contract: Contract, breach: Breach) -> Callable[..., Any]:
    """The function that keeps the contract. Its parts are out of reach for all code in Repy."""

    def call(_repy: object, /, *args: object, **kwargs: object) -> Any:
        return _perform(contract, breach, (), args, kwargs)

    return fixed(call, contract.name)


def _perform(
    contract: Contract, breach: Breach, inner: tuple[object, ...], args: tuple[object, ...], kwargs: dict[str, object]
) -> Any:
    """One call from beneath. `inner` is the layer's object when it is a method's."""
    if kwargs and contract.arguments is not None:
        raise RepyArgumentError(f"{contract.name} takes its arguments by position")
    given, named = _take(contract, args), deep_copy(kwargs)
    _need_room(_ROOM)
    try:
        # In a context of its own: that of the thread (of `decimal`, say) is in the hands of who calls from beneath.
        result = Context().run(contract.target, *inner, *given, **named)
    except BaseException as error:
        is_allowed = False
        try:
            _let_pass(contract, error, breach)
            is_allowed = True
        finally:
            if not is_allowed:  # not even the breach could be told, for want of memory
                os._exit(1)
        raise
    if contract.returns is not None and not contract.returns.fits(result):
        breach(f"{contract.name} returned {type(result).__name__}; its contract says {contract.returns}")
    return deep_copy(result) if contract.wrap is None else contract.wrap(result)


def _need_room(frames: int) -> None:
    """Raise RecursionError now if there is not so much room on the stack: later it might end what must not end."""
    if frames:
        _need_room(frames - 1)


def _take(contract: Contract, args: tuple[object, ...]) -> list[object]:
    allowed = contract.arguments
    given = [deep_copy(value) for value in args]
    if allowed is None:
        return given
    least = sum(1 for one in allowed if not one.optional)
    if len(given) < least or (len(given) > len(allowed) and not contract.open_ended):
        raise RepyArgumentError(f"{contract.name} takes {len(allowed)} arguments, not {len(given)}")
    for number, (one, value) in enumerate(zip(allowed, given, strict=False), 1):
        if not one.fits(value):
            raise RepyArgumentError(f"argument {number} of {contract.name} has to be {one}, not {type(value).__name__}")
    return given


def _let_pass(contract: Contract, error: BaseException, breach: Breach) -> None:
    """Return if this may be raised to the code beneath; take from it all but plain values then."""
    kinds = contract.exceptions
    if isinstance(error, (RecursionError, MemoryError)):
        # These can come at any point of the layer's code, and who is beneath can choose the point. A layer that
        # can bear that names them.
        may_pass = kinds is not None and any(type(error) in (one.classes or ()) for one in kinds)
    else:
        may_pass = kinds is None or any(one.fits(error) for one in kinds)
    if not may_pass:
        breach(f"{contract.name} raised {type(error).__name__}, which its contract does not have: {_text(error)}")
    _make_plain(error)


def _make_plain(error: BaseException) -> None:
    """Take from an exception the objects of the layer that it may carry, and from its class what could be changed.

    The key of a KeyError, the value of a StopIteration, what the layer has put into an exception of its own: whoever
    gets hold of one of those is past the layer. So is who can change a method of a class that the layer goes on using.
    """
    error.args = tuple(value if type(value) in _PLAIN else f"<{type(value).__name__}>" for value in error.args)
    for kind in type(error).__mro__:
        for member in vars(kind).values():
            if type(member) is MemberDescriptorType:
                with suppress(AttributeError, TypeError):  # it has no value, or one that can't be taken away
                    if type(member.__get__(error)) not in _PLAIN:
                        member.__set__(error, None)
        if not is_frozen(kind):
            freeze(kind)
    own = vars(error)
    for name in [name for name, value in own.items() if type(value) not in _PLAIN]:
        del own[name]
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            _make_plain(part)
    # The report on it would show lines of the layer, and what went wrong in there before.
    error.__cause__ = error.__context__ = error.__traceback__ = None


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as again:  # noqa: BLE001 - the layer's own __str__ failed
        return f"<its text could not be made: {type(again).__name__}>"


def _malformed(name: str, why: str) -> RepyArgumentError:
    return RepyArgumentError(f"the definition of {name!r} for the next layer is malformed: {why}")


class Wrapped:
    """What the code beneath holds of a layer's object: the methods of its contract, and nothing else."""

    # Two underscores within a name: no program can spell this attribute.
    __slots__ = ("__weakref__", "the__inner")

    the__inner: Any

    def __new__(cls, *_args: object, **_kwargs: object) -> Self:
        """Refuse."""
        raise TypeError(f"{cls.__name__} objects are not made by calling")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Wrapped) and self.the__inner is other.the__inner

    def __hash__(self) -> int:
        return hash(id(self.the__inner))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __copy__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} objects can't be copied")

    def __deepcopy__(self, _memo: object) -> NoReturn:
        raise TypeError(f"{type(self).__name__} objects can't be copied")

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError(f"{type(self).__name__} objects can't be copied")


def _object_wrapper(name: str, given: object, breach: Breach) -> tuple[Callable[[Any], Any], Allowed]:
    """How the objects that a function returns are wrapped, and which they may be."""
    if type(given) is not dict or not isinstance(given.get("obj-type"), type) or type(given.get("name")) is not str:
        raise _malformed(name, "`return` of an objc is a dict with `obj-type` (a class), `name` and methods")
    label = given["name"]
    methods = {key: value for key, value in given.items() if key not in ("obj-type", "name")}
    members: dict[str, Any] = {"__slots__": (), "__module__": "layer"}
    for key, definition in methods.items():
        if not is_safe_name(key) or type(definition) is not dict or definition.keys() ^ _FUNCTION_KEYS:
            raise _malformed(f"{label}.{key}", f"a method has {', '.join(sorted(_FUNCTION_KEYS))}, and no other keys")
        if definition["type"] not in ("func", "objc"):
            raise _malformed(f"{label}.{key}", "a method is a func or an objc")
        members[key] = _method(_understand(f"{label}.{key}", definition, breach), breach)
    kind: Any = type(label, (Wrapped,), members)
    freeze(kind)

    def wrap(inner: Any) -> Any:
        wrapped = object.__new__(kind)
        wrapped.the__inner = inner
        return wrapped

    return wrap, Allowed((given["obj-type"],), derived=True)


def _method(contract: Contract, breach: Breach) -> Callable[..., Any]:
    name = contract.name.rpartition(".")[2]

    def method(self: Any, /, *args: object, **kwargs: object) -> Any:
        if not issubclass(type(self), Wrapped) or type(self).__dict__.get(name) is not method:
            raise RepyArgumentError(f"{contract.name} belongs to objects of another kind")
        return _perform(contract, breach, (self.the__inner,), args, kwargs)

    method.__name__ = method.__qualname__ = name
    return method
