"""The protocol's page: `python -m seattle.node.reference docs/protocol.md` brings its tables up to date.

What is between two marks in the page is made of Structs, their comments and tables of the code; the rest is written by
hand:

    <!-- operations -->                 what can be asked of a node, who may ask it, and the Structs of body and answer
    <!-- fields: Advert VesselSummary -->   a table for each of these Structs
    <!-- refusals -->                   the codes of a node's refusals
    <!-- limits -->                     the numbers that both sides keep to
    <!-- end -->
"""

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import inspect as shapes

from seattle.fabric import advert, directory, enrolment_protocol, node_api, operations, rpc
from seattle.fabric.operations import Operation
from seattle.identity import envelope, tokens
from seattle.node import division, errors, holders, polls
from seattle.node.rights import NEEDED, Standing
from seattle.resources import errors as resource_errors

_REGION: Final = re.compile(r"(<!-- (?P<what>\w+)(?:: (?P<names>[\w ]+))? -->\n).*?(<!-- end -->)", re.DOTALL)
_FIELD: Final = re.compile(r"    (?P<name>\w+): .*?(?:  # (?P<comment>.*))?$")

STRUCTS: Final[dict[str, type[msgspec.Struct]]] = {
    name: one
    for module in (enrolment_protocol, node_api, operations, advert, directory, envelope, tokens)
    for name, one in vars(module).items()
    if isinstance(one, type) and issubclass(one, msgspec.Struct) and one is not msgspec.Struct
}
OPERATIONS: Final[list[Operation[Any, Any]]] = [one for one in vars(node_api).values() if isinstance(one, Operation)]
LIMITS: Final = (
    ("bytes of a message", envelope.MAX_WIRE),
    ("seconds that a request is valid", tokens.LIFETIME),
    ("seconds that a request may be dated ahead", envelope.LEEWAY),
    ("bytes of a file in one call", node_api.MAX_CHUNK),
    ("seconds that a call may wait", node_api.MAX_WAIT),
    ("files in one list", node_api.MAX_ENTRIES),
    ("calls of one caller that a node works on at a time", rpc.AT_ONCE_BY_CALLER),
    ("of those, calls that wait for a log, and as many for changes", polls.MAX_WAITING_BY_CALLER),
    ("vessels of a node", division.MAX_VESSELS),
    ("users of a vessel", holders.MAX_USERS),
    ("characters of an owner's words", holders.MAX_OWNER_INFORMATION),
    ("bytes of an advert, signed", advert.MAX_ADVERT),
    ("seconds that an advert counts", advert.MAX_AGE),
    ("seconds that an advert may be dated ahead", advert.MAX_AHEAD),
)
_WHO: Final = {Standing.STRANGER: "anybody", Standing.USER: "user", Standing.OWNER: "owner"}


def fill_in(page: str) -> str:
    """The page with everything between its marks made anew."""

    def region(match: re.Match[str]) -> str:
        names = (match["names"] or "").split()
        return f"{match[1]}\n{_MAKERS[match['what']](names)}\n\n{match[4]}"

    return _REGION.sub(region, page)


def refusals() -> Iterator[tuple[str, str]]:
    """The code and meaning of each refusal that a node's calls can meet."""
    for one in _family(errors.CallRefused):
        if one is not errors.BadResources:  # it has the code of what was wrong
            yield one.code, _summary(one)
    yield errors.NurseryGone.code, _summary(errors.NurseryGone)
    for other in _family(resource_errors.ResourceMathError):
        yield other.code, _summary(other)


def _operations(_: list[str]) -> str:
    rows = [
        (f"`{one.method}`", _WHO[NEEDED[one.method]], f"`{one.request.__name__}`", f"`{one.reply.__name__}`")
        for one in OPERATIONS
    ]
    return _table(("method", "who", "body", "answer"), rows)


def _fields(names: list[str]) -> str:
    return "\n\n".join(_struct(STRUCTS[name]) for name in names)


def _struct(struct: type[msgspec.Struct]) -> str:
    shape = shapes.type_info(struct)
    assert isinstance(shape, shapes.StructType)
    comments = _comments(struct)
    rows = [
        (f"`{field.encode_name}`", _words(field.type), _default(field), comments.get(field.name, ""))
        for field in shape.fields
    ]
    form = "an array in this order" if shape.array_like else "a map"
    if shape.tag is not None:
        form = f"a map in which `{shape.tag_field}` is `{shape.tag}`"
    text = f"**{struct.__name__}**, {form}. {_doc(struct)}"
    return f"{text}\n\n{_table(('field', 'type', 'if missing', 'what it is'), rows)}" if rows else text


def _comments(struct: type[msgspec.Struct]) -> dict[str, str]:
    """What the source says of each field: on its line, or on lines of their own before it."""
    found, before = {}, ""
    for line in inspect.getsource(struct).splitlines():
        if line.startswith("    # "):
            before = f"{before} {line.strip('# ')}".strip()
        elif match := _FIELD.match(line):
            found[match["name"]] = match["comment"] or before
            before = ""
        else:
            before = ""
    return found


def _default(field: shapes.Field) -> str:
    if field.required:
        return "never"
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    value = value.value if isinstance(value, Enum) else value
    match value:
        case None:
            return "nil"
        case "" | b"" | [] | {}:
            return "empty"
        case bool():
            return "true" if value else "false"
        case _:
            return f"`{value}`"


def _words(kind: shapes.Type) -> str:
    """A type in words that mean the same in every language."""
    match kind:
        case shapes.StrType(pattern=str(pattern)):
            return f"text like `{pattern}`"
        case shapes.StrType():
            return f"text{_range(kind.min_length, kind.max_length, 'characters')}"
        case shapes.BytesType():
            return f"bytes{_range(kind.min_length, kind.max_length, '')}"
        case shapes.IntType():
            return f"whole number{_range(kind.ge, kind.le, '')}"
        case shapes.FloatType():
            return f"number{_range(kind.ge, kind.le, '')}"
        case shapes.BoolType():
            return "true or false"
        case shapes.NoneType():
            return "nil"
        case shapes.StructType():
            return f"`{kind.cls.__name__}`"
        case shapes.EnumType():
            return f"one of {', '.join(f'`{one.value}`' for one in kind.cls)}"
        case shapes.ListType() | shapes.VarTupleType():
            return f"list of {_words(kind.item_type)}{_range(None, getattr(kind, 'max_length', None), 'items')}"
        case shapes.TupleType():
            return f"array of {', '.join(map(_words, kind.item_types))}"
        case shapes.DictType():
            size = _range(None, kind.max_length, "items")
            return f"map of {_words(kind.key_type)} to {_words(kind.value_type)}{size}"
        case shapes.UnionType():
            return " or ".join(map(_words, kind.types))
    raise TypeError(f"the page has no words for {kind}")


def _range(least: float | None, most: float | None, unit: str) -> str:
    match least, most:
        case None, None:
            return ""
        case None, _:
            return f", at most {most} {unit}".rstrip()
        case _, None:
            return f", at least {least} {unit}".rstrip()
        case _ if least == most:
            return f", {most} {unit}".rstrip()
    return f", {least} to {most} {unit}".rstrip()


def _refusals(_: list[str]) -> str:
    return _table(("code", "what it says"), [(f"`{code}`", text) for code, text in refusals()])


def _limits(_: list[str]) -> str:
    return _table(("what", "at most"), [(what, f"{most:g}" if most < 1e6 else str(most)) for what, most in LIMITS])


def _family(base: type[Any]) -> Iterator[type[Any]]:
    for one in base.__subclasses__():
        if not one.__module__.endswith("runs"):  # of the node's own, under a code of its family
            yield one
            yield from _family(one)


def _doc(thing: type) -> str:
    return " ".join((inspect.getdoc(thing) or "").split())


def _summary(thing: type) -> str:
    return (inspect.getdoc(thing) or "").splitlines()[0]


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


_MAKERS: Final[dict[str, Callable[[list[str]], str]]] = {
    "operations": _operations,
    "fields": _fields,
    "refusals": _refusals,
    "limits": _limits,
}


def main(path: Path) -> None:
    """Bring the page at `path` up to date."""
    path.write_text(fill_in(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
