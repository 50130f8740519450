"""Attribute access by a name that is known only at run time, or is harmful on some objects only.

The compiler turns `x.format` into `read_guarded(x, "format")`; `getattr` and its kin come here too. What counts is
the value that was found, not the way to it: `str.format` is replaced by a careful twin whether it was found on a
string, on the class, or through `super()`.
"""

import _string  # type: ignore[import-not-found]  # the very parser of str.format; typeshed leaves it out
import abc
import types
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from seattle.repy.language import names

_MISSING = object()
_INITIALISED_BY_NAME = frozenset({object, list, dict, set, bytearray})
_OBJ_OF_ERRORS = AttributeError.__dict__["obj"]
_SHORT = 500  # characters
_TEMPLATE_METHODS = ("format", "format_map")

_str_format = str.format

# Verdicts that a loop should not wait for twice. A program fills these, so they stop growing.
KNOWN_PLAIN: set[str] = set()  # exact names that need no check and no normalising
_KNOWN_TEMPLATES: set[str] = set()
_MOST_KNOWN = 1000


def checked_name(name: object) -> str:
    """The attribute name as plain text.

    Raises TypeError for anything but an exact `str`: a subclass could say one thing here and another thing later.
    """
    if type(name) is not str:
        raise TypeError(f"attribute name must be a plain string, not {type(name).__name__!r}")
    return names.normalise(name)


def refuse(name: str) -> NoReturn:
    """Raise the AttributeError for a name that is not part of Repy."""
    raise AttributeError(f"the attribute name {name!r} is not part of Repy")


def may_read(name: str) -> bool:
    """True if a program may read the attribute `name` of any object (guarded names count: they are then checked)."""
    return name in names.READABLE or names.is_plain(name)


def read(target: object, name: object, default: object = _MISSING) -> object:
    """The checked `getattr`."""
    text = checked_name(name)
    if not may_read(text):
        if default is not _MISSING:
            return default
        refuse(text)
    try:
        if text in names.GUARDED:
            return read_guarded(target, text)
        if text == name and len(KNOWN_PLAIN) < _MOST_KNOWN and len(text) <= _SHORT:
            KNOWN_PLAIN.add(text)
        return getattr(target, text)
    except AttributeError:
        if default is not _MISSING:
            return default
        raise


def has(target: object, name: object) -> bool:
    """The checked `hasattr`: special methods can be asked for (duck typing), other refused names do not exist."""
    text = checked_name(name)
    if text in names.DEFINABLE:
        return hasattr(target, text)
    if not may_read(text):
        return False
    try:
        read(target, text)
    except AttributeError:
        return False
    return True


def write(target: object, name: object, value: object) -> None:
    """The checked `setattr`."""
    text = checked_name(name)
    if not names.is_plain(text):
        refuse(text)
    setattr(target, text, value)


def delete(target: object, name: object) -> None:
    """The checked `delattr`."""
    text = checked_name(name)
    if not names.is_plain(text):
        refuse(text)
    delattr(target, text)


def read_guarded(target: Any, name: str) -> Any:
    """The value of `target.name` for a name in `names.GUARDED`; its careful twin if the value is harmful."""
    if type(target) is str and name in _TEMPLATE_METHODS:
        return _bound_formatter(target, name)
    if name == "obj" and issubclass(type(target), AttributeError | super):
        raise AttributeError("the attribute 'obj' of an AttributeError is not part of Repy")
    value = getattr(target, name)
    if value is _OBJ_OF_ERRORS:
        refuse(name)
    kind = type(value)
    if kind is types.BuiltinMethodType:
        if issubclass(type(value.__self__), str) and value.__name__ in _TEMPLATE_METHODS:
            return _bound_formatter(str.__str__(value.__self__), value.__name__)
    elif kind is types.MethodDescriptorType:
        if value.__objclass__ is str and value.__name__ in _TEMPLATE_METHODS:
            return _unbound_formatter(value.__name__)
    elif kind is types.MappingProxyType:
        return dict(value)
    return value


def forbid_registering() -> None:
    """Let nothing in this process make a class a virtual subclass: that changes isinstance() for every namespace.

    For a guest, once all modules are there: some register classes when they are imported.
    """
    abc.ABCMeta.register = _refuse_to_register  # type: ignore[assignment]  # it does not return


def _refuse_to_register(_cls: type, _subclass: object) -> NoReturn:
    raise TypeError("registering virtual subclasses is not part of Repy: inherit from the class instead")


def call_format(target: Any, /, *args: object, **kwargs: object) -> Any:
    """The value of `target.format(...)`."""
    if type(target) is str:
        if target not in _KNOWN_TEMPLATES:
            check_template(target)
        return _str_format(target, *args, **kwargs)
    return read_guarded(target, "format")(*args, **kwargs)


def read_init(cls: Any) -> Any:
    """The value of `Base.__init__`, so that `Base.__init__(self, ...)` works in a subclass.

    Only classes, and only when the method is the program's own or one of the interpreter's: running the constructor
    of one of our own classes on a finished object would overwrite what it stands for.
    """
    if isinstance(cls, type):
        method = cls.__init__  # type: ignore[misc]  # unsound on an instance's class in general: that is what we look for
        if type(method) is types.FunctionType and GENERATED in method.__builtins__:
            return _on_instances_only(method, cls)
        if _may_be_bare(method):
            return method
    raise AttributeError("`__init__` of this object is not part of Repy: write super().__init__(...) instead")


def read_super(parent: Any, name: str) -> Any:
    """The value of `super().name` for a special method.

    In a class method, or when a method was called on a class, `super()` gives bare functions. Those of our classes
    must not be called on just anything. Nor is this a way to other names, or into other objects.
    """
    if type(parent) is not super or name not in names.DEFINABLE:
        refuse(name)
    value = getattr(parent, name)
    is_bare = type(value) is types.FunctionType or (name == "__init__" and type(value) is types.WrapperDescriptorType)
    if is_bare and not _may_be_bare(value):
        raise AttributeError(f"{name!r} can be called on an instance only")
    return value


def _may_be_bare(method: object) -> bool:
    """True for what may be called with any first argument: it does no more than code of the program could."""
    if type(method) is types.WrapperDescriptorType:
        return method.__name__ != "__init__" or _is_harmless_twice(method.__objclass__)
    return type(method) is types.FunctionType and is_program_function(method)


def _on_instances_only(method: types.FunctionType, cls: type) -> Callable[..., None]:
    """The `__init__` that was written for a class: in a frozen one it sets attributes that say they can't be set."""
    owner = next(base for base in cls.__mro__ if base.__dict__.get("__init__") is method)

    def initialise(instance: object, /, *args: object, **kwargs: object) -> None:
        if owner not in type(instance).__mro__:
            raise TypeError(f"__init__() needs an instance of {owner.__name__!r} as its first argument")
        method(instance, *args, **kwargs)

    return initialise


def _is_harmless_twice(cls: type) -> bool:
    # Not `property`, say: its constructor would change a finished property that belongs to a class of ours.
    return cls in _INITIALISED_BY_NAME or issubclass(cls, BaseException)


MARK = "__repy__"  # in every builtins mapping we make; no program can name it, so none can forge or remove it
GENERATED = "__repy_generated__"  # instead of it, for methods that were written for a class of the program


def is_program_function(function: types.FunctionType) -> bool:
    """True if the function was made by code that runs on our builtins."""
    return function.__builtins__.get(MARK) is True


def _bound_formatter(template: str, name: str) -> Callable[..., str]:
    def formatted(*args: object, **kwargs: object) -> str:
        if template not in _KNOWN_TEMPLATES:
            check_template(template)
        return str.format(template, *args, **kwargs) if name == "format" else str.format_map(template, *args)  # type: ignore[arg-type]  # a wrong mapping raises TypeError

    return formatted


def _unbound_formatter(name: str) -> Callable[..., str]:
    def formatted(template: object, /, *args: object, **kwargs: object) -> str:
        if not issubclass(type(template), str):
            raise TypeError(f"str.{name} needs a string, not {type(template).__name__!r}")
        text = str.__str__(template)
        check_template(text)
        return str.format(text, *args, **kwargs) if name == "format" else str.format_map(text, *args)  # type: ignore[arg-type]  # a wrong mapping raises TypeError

    return formatted


def check_template(template: str) -> None:
    """Check the attribute names that a format template reads.

    Raises AttributeError for names that are not part of Repy. A malformed template passes: formatting it raises the
    error that every Python programmer knows.
    """
    for name in _attributes_of(template, depth=0):
        text = names.normalise(name)
        if not may_read(text) or text in names.GUARDED:
            refuse(text)
    if len(template) <= _SHORT and len(_KNOWN_TEMPLATES) < _MOST_KNOWN:
        _KNOWN_TEMPLATES.add(template)


def _attributes_of(template: str, depth: int) -> Iterator[str]:
    if depth > 2:  # str.format itself nests twice and then raises
        return
    try:
        for _, field, spec, _ in _string.formatter_parser(template):
            if field:
                _, rest = _string.formatter_field_name_split(field)
                yield from (part for is_attribute, part in rest if is_attribute)
            if spec:
                yield from _attributes_of(spec, depth + 1)
    except ValueError:
        return
