"""Pages about what the code knows better: `python -m seattle.repy.reference docs/repy-api.md` brings one up to date.

What is between two marks in the page is made of docstrings, classes and tables, and the rest is written by hand:

    <!-- calls: sleep exitall -->       a section for each of these calls
    <!-- methods: file lock -->         for each method of these objects
    <!-- glance -->, <!-- exceptions -->, <!-- resources -->
    <!-- permissions -->                the system calls that a guest may make
    <!-- end -->
"""

import builtins
import inspect
import re
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple, cast

from seattle.repy.guest.calls import function_of
from seattle.repy.guest.exceptions import EXCEPTIONS, RepyException
from seattle.repy.guest.files import VesselFile
from seattle.repy.guest.namespaces import VirtualNamespace
from seattle.repy.guest.network import Connection, TCPServerSocket, UDPServerSocket
from seattle.repy.guest.runtime import Runtime
from seattle.repy.guest.threads import Lock
from seattle.repy.walls import guest_calls
from seattle.resources.defaults import REPY_DEFAULT, VESSEL
from seattle.resources.kinds import Kind, Resource
from seattle.resources.vector import ResourceVector

OBJECTS: Mapping[str, type] = {
    "file": VesselFile,
    "udp": UDPServerSocket,
    "listener": TCPServerSocket,
    "connection": Connection,
    "lock": Lock,
    "namespace": VirtualNamespace,
}
"""What calls return, by the name that it has in the page."""

_WIDTH = 120
_REGION = re.compile(r"(<!-- (?P<what>\w+)(?:: (?P<names>[\w ]+))? -->\n).*?(<!-- end -->)", re.DOTALL)
_ENTRY = re.compile(r"(?P<name>\w+): (?P<text>.*)")
_IN_NO_CALL = {Resource.CPU: "computing", Resource.MEMORY: "all that the program holds"}


class Call(NamedTuple):
    """What a docstring says of a call."""

    signature: str  # with the object before it, for a method
    summary: str
    more: list[str]  # further paragraphs
    parts: dict[str, list[str]]  # by title: Args, Returns, Raises, Costs


def fill_in(page: str) -> str:
    """The page with everything between its marks as it has to be."""
    return _REGION.sub(lambda found: f"{found[1]}\n{_make(found['what'], found['names'] or '')}\n{found[4]}", page)


@cache
def calls() -> dict[str, Call]:
    """All calls, and the methods of what they return, by the name that a program says: `sleep`, `file.close`."""
    return {name: _read(name, function) for name, function in functions().items()}


@cache
def functions() -> dict[str, FunctionType]:
    """The functions behind all calls, with their signatures and docstrings, by the names that `calls` has."""
    try:
        found: dict[str, Any] = dict(Runtime().calls())
    finally:
        threading.stack_size(0)  # a runtime sets it for its process, which here may be anybody's
    for prefix, kind in OBJECTS.items():
        for name in dir(kind):
            if not name.startswith("_") and "__" not in name:  # the others are out of programs' reach
                found[f"{prefix}.{name}"] = getattr(kind, name)
    return {name: _plain(call) for name, call in found.items()}


def _plain(call: Any) -> FunctionType:
    # A method is a function, or the strict one that has become of it where the classes are frozen.
    function = function_of(call) or getattr(call, "_Method__function", call)
    return cast("FunctionType", function.the__plain)


def _read(name: str, plain: FunctionType) -> Call:
    parameters = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in inspect.signature(plain).parameters.values()
        if parameter.name != "self"
    ]
    head, parts = _split(inspect.cleandoc(plain.__doc__ or ""))
    summary, *more = [" ".join(paragraph.split()) for paragraph in head.split("\n\n")]
    return Call(f"{name}{inspect.Signature(parameters)}", summary, more, parts)


def _split(doc: str) -> tuple[str, dict[str, list[str]]]:
    """The text of a docstring, and the entries of each of its parts."""
    head, *rest = re.split(r"^(Args|Returns|Raises|Costs):\n", doc, flags=re.MULTILINE)
    parts = {}
    for title, body in zip(rest[::2], rest[1::2], strict=True):
        entries = re.split(r"\n(?! )", textwrap.dedent(body).strip())
        parts[title] = [" ".join(entry.split()) for entry in entries]
        if title in ("Returns", "Costs"):
            parts[title] = [" ".join(parts[title])]
    return head.strip(), parts


def _make(what: str, names: str) -> str:
    makers: dict[str, Callable[[], Iterator[str]]] = {
        "calls": lambda: _sections(names.split()),
        "methods": lambda: _sections([name for name in calls() if name.partition(".")[0] in names.split()]),
        "glance": _glance,
        "exceptions": lambda: _exceptions(RepyException, 0),
        "resources": _resources,
        "permissions": _permissions,
    }
    return "".join(f"{line}\n" for line in makers[what]())


def _sections(names: list[str]) -> Iterator[str]:
    for number, name in enumerate(names):
        call = calls()[name]
        yield from ([""] if number else []) + [f"### `{call.signature}`", ""]
        for paragraph in (call.summary, *call.more):
            yield from (*textwrap.wrap(paragraph, _WIDTH, break_on_hyphens=False), "")
        yield from _points(call)


def _points(call: Call) -> Iterator[str]:
    """The lines of the list beneath a call."""
    for argument in call.parts.get("Args", []):
        yield from _point(_entry(argument))
    yield from _point("Result: " + _lower(" ".join(call.parts.get("Returns", ["`None`."]))))
    refusals = call.parts.get("Raises", [])
    if refusals:
        yield "* Raises, in the order of the checks:"
    for refusal in refusals:
        yield from _point(_entry(refusal), indent="  ")
    yield from _point("Costs: " + _lower(" ".join(call.parts.get("Costs", ["nothing."]))))


def _entry(text: str) -> str:
    return _ENTRY.sub(r"`\g<name>`: \g<text>", text)


def _lower(text: str) -> str:
    """For what follows a colon: a small first letter, unless the word is written in capitals, or Python's."""
    return text if text[1:2].isupper() or text.startswith(("True", "False")) else text[:1].lower() + text[1:]


def _point(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=f"{indent}* ",
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _glance() -> Iterator[str]:
    yield from ("| call | what it does |", "| --- | --- |")
    for name, call in calls().items():
        yield f"| [`{name}`](#{_anchor(call.signature)}) | {call.summary} |"


def _anchor(title: str) -> str:
    """As the sites that show Markdown make it of a heading."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def _exceptions(kind: type[Exception], depth: int) -> Iterator[str]:
    pythons = [base.__name__ for base in kind.__bases__ if vars(builtins).get(base.__name__) is base]
    also = "".join(f" Also Python's `{name}`." for name in pythons if name != "Exception")
    yield f"{'  ' * depth}* `{kind.__name__}`: {inspect.getdoc(kind)}{also}"
    for below in EXCEPTIONS.values():
        if below.__bases__[0] is kind:
            yield from _exceptions(below, depth + 1)


def _resources() -> Iterator[str]:
    yield from ("| resource | kind | unit | `repy` gives | a testbed's vessel | what takes it |",)
    yield "| --- | --- | --- | --- | --- | --- |"
    for one in Resource:
        takers = ", ".join(f"`{name}`" for name, call in calls().items() if _takes(call, one)) or _IN_NO_CALL[one]
        amounts = (_amount(vector, one) for vector in (REPY_DEFAULT, VESSEL))
        yield f"| `{one.value}` | {one.kind.value} | {one.unit} | {' | '.join(amounts)} | {takers} |"


def _takes(call: Call, one: Resource) -> bool:
    part = "Args" if one.kind is Kind.PORTS else "Costs"
    return any(f"`{one.value}`" in text for text in call.parts.get(part, []))


def _amount(vector: ResourceVector, one: Resource) -> str:
    if one.kind is Kind.PORTS:
        ports = vector.ports(one)
        return f"{min(ports)} to {max(ports)}"
    return vector.text(one)


def _permissions() -> Iterator[str]:
    yield from ("| call | only where | what it is for |", "| --- | --- | --- |")
    for permission in guest_calls.PERMITTED:
        conditions = ", ".join(f"`{_condition(condition)}`" for condition in permission.when)
        yield f"| `{permission.call}` | {conditions or 'always'} | {permission.because} |"


def _condition(condition: guest_calls.Condition) -> str:
    mask = "" if condition.mask == guest_calls.ALL_BITS else f" & {condition.mask:#x}"
    return f"argument {condition.argument}{mask} = {condition.value:#x}"


def main(words: list[str]) -> int:
    """Bring a page up to date."""
    if len(words) != 1:
        print("usage: python -m seattle.repy.reference PAGE", file=sys.stderr)
        return 2
    page = Path(words[0])
    page.write_text(fill_in(page.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
