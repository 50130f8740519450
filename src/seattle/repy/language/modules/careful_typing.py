"""`typing` as labels: everything can be written in an annotation, and nothing in it does anything.

Python's own `typing` compiles text it finds in annotations and evaluates it for whoever asks. These forms forget
what they are given.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NoReturn, Self, TypeVar

from seattle.repy.language.immutable import freeze
from seattle.repy.language.modules.careful_collections import namedtuple
from seattle.repy.language.names import words

_T = TypeVar("_T")


class Form:
    """A label such as `Optional` or a type variable. `Optional[int]` and `Optional | None` are the label itself."""

    __slots__ = ("_Form__name",)

    def __new__(cls, *_args: object, **_kwargs: object) -> Self:  # noqa: D102 - it says so itself
        raise TypeError("this name is for annotations only")

    def __getitem__(self, _parameters: object) -> Self:
        return self

    def __or__(self, _other: object) -> Self:
        return self

    __ror__ = __or__

    def __call__(self, *_args: object, **_kwargs: object) -> NoReturn:  # noqa: D102 - it says so itself
        raise TypeError("this name is for annotations only")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"cannot set {name!r}: labels cannot be changed")

    def __repr__(self) -> str:
        return f"typing.{_NAME_OF(self)}"


_NAME_OF = Form.__dict__["_Form__name"].__get__


def form(name: str) -> Form:
    """A label of this name."""
    label = object.__new__(Form)
    object.__setattr__(label, "_Form__name", name)
    return label


class Generic:
    """A base class that may be written with parameters."""

    __slots__ = ()

    def __class_getitem__(cls, _parameters: object) -> type[Self]:
        return cls


class Protocol(Generic):
    """A base class that says which methods its subclasses have."""

    __slots__ = ()


def type_variable(name: str, *_constraints: object, **_options: object) -> Form:
    """TypeVar, ParamSpec and TypeVarTuple: a label."""
    if type(name) is not str:
        raise TypeError("the name of a type variable must be text")
    return form(name)


def new_type(_name: str, kind: _T) -> _T:
    """NewType: the type that the new one stands for."""
    return kind


def cast(_kind: object, value: _T) -> _T:
    """The value."""
    return value


def unchanged(definition: _T) -> _T:
    """For `final`, `no_type_check`, `overload`, `override`, `runtime_checkable`: the decorated thing itself."""
    return definition


def assert_never(value: object, /) -> NoReturn:
    """Raise AssertionError: this line can't be reached."""
    raise AssertionError(f"Expected code to be unreachable, but got: {value!r}")


def assert_type(value: _T, _kind: object, /) -> _T:
    """The value."""
    return value


class _RecordMaker(type):
    """Turns `class Point(NamedTuple): x: int = 0` into a subclass of what `namedtuple` makes."""

    def __new__(meta, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
        fields = body.get("__annotations__", {})
        for before, field in pairwise(fields):
            if before in body and field not in body:
                raise TypeError(f"non-default argument {field!r} follows default argument {before!r}")
        defaults = [body.pop(field) for field in fields if field in body]
        record = namedtuple(name, list(fields), defaults=defaults)
        others = tuple(base for base in bases if not isinstance(base, _RecordMaker))
        return type(name, (record, *others), {"__slots__": (), **body})


_RECORD: Any = type.__new__(_RecordMaker, "NamedTuple", (), {"__slots__": ()})


class NamedTupleForm:
    """`NamedTuple`: a base class for records, and a function that makes them from a list of names and types."""

    __slots__ = ()

    def __new__(cls) -> Self:
        """Refuse: there is one."""
        raise TypeError("this name is for class statements only")

    def __mro_entries__(self, _bases: tuple[object, ...]) -> tuple[type]:
        return (_RECORD,)

    def __call__(self, typename: str, fields: Iterable[tuple[str, object]], /) -> type:  # noqa: D102 - as above
        return namedtuple(typename, [name for name, _ in fields])

    def __repr__(self) -> str:
        return "typing.NamedTuple"


class TypedDict(dict[Any, Any]):
    """A dictionary whose annotations say which keys it has."""

    __slots__ = ()


freeze(Form, Generic, NamedTupleForm, Protocol, TypedDict, _RecordMaker, _RECORD)

_FORMS = words(
    "AbstractSet Annotated Any AnyStr AsyncContextManager AsyncGenerator AsyncIterable AsyncIterator Awaitable "
    "BinaryIO ByteString Callable ChainMap ClassVar Collection Concatenate Container ContextManager Coroutine Counter "
    "DefaultDict Deque Dict Final FrozenSet Generator Hashable IO ItemsView Iterable Iterator KeysView List Literal "
    "LiteralString Mapping MappingView Match MutableMapping MutableSequence MutableSet Never NoReturn NotRequired "
    "Optional OrderedDict Pattern ReadOnly Required Reversible Self Sequence Set Sized SupportsAbs SupportsBytes "
    "SupportsComplex SupportsFloat SupportsIndex SupportsInt SupportsRound Text TextIO Tuple Type TypeAlias TypeGuard "
    "TypeIs Union Unpack ValuesView"
)

MEMBERS: dict[str, Any] = {
    **{name: form(name) for name in _FORMS},
    "Generic": Generic,
    "NamedTuple": object.__new__(NamedTupleForm),
    "NewType": new_type,
    "ParamSpec": type_variable,
    "Protocol": Protocol,
    "TYPE_CHECKING": False,
    "TypeVar": type_variable,
    "TypeVarTuple": type_variable,
    "TypedDict": TypedDict,
    "assert_never": assert_never,
    "assert_type": assert_type,
    "cast": cast,
    "final": unchanged,
    "no_type_check": unchanged,
    "overload": unchanged,
    "override": unchanged,
    "runtime_checkable": unchanged,
}
