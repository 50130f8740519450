"""The API as a stub file: what an editor completes, and shows, while somebody writes a Repy program."""

import builtins
import inspect
import re
from collections.abc import Iterator
from types import FunctionType
from typing import Final

from seattle.repy.guest.exceptions import EXCEPTIONS
from seattle.repy.reference import OBJECTS, calls, functions

FILE: Final = "__builtins__.pyi"
"""The name by which Pyright, and so VS Code, finds names that are there without an import."""

_HEAD: Final = '''\
"""What a Repy program finds without an import, besides Python's own."""

import builtins
from collections.abc import Callable
from typing import Any, NoReturn

callargs: list[str]
"""The program's arguments."""
callfunc: str
mycontext: dict[str, Any]

SafeDict = dict[str, Any]

class DylinkModule:
    def __getattr__(self, name: str) -> Any: ...
'''
_NOT_HERE: Final = frozenset({"open", "print"})  # Python's own stubs have them
_PLAIN_SELF: Final = re.compile(r"\(self: [^,)]*")
_MODULE_OF_A_CLASS: Final = re.compile(r"\b(?:[a-z_]\w*\.)+(?=[A-Z])")


class _Written:
    """An annotation as it is to be read: without quotes, and without the modules of our own classes."""

    def __init__(self, annotation: object) -> None:
        text = "Any" if annotation is inspect.Signature.empty else inspect.formatannotation(annotation)
        self._text = _MODULE_OF_A_CLASS.sub("", text.strip("'\""))

    def __repr__(self) -> str:
        return self._text


def stub() -> str:
    """The text of the file."""
    return "\n".join([_HEAD, *_exceptions(), *_classes(), *_calls()])


def _exceptions() -> Iterator[str]:
    for name, kind in EXCEPTIONS.items():
        bases = ", ".join(_base(base) for base in kind.__bases__)
        yield f'class {name}({bases}):\n    """{inspect.getdoc(kind)}"""\n'


def _base(base: type) -> str:
    """A class of Python's of the same name is meant where the program's own would be itself."""
    is_python_s = vars(builtins).get(base.__name__) is base
    return f"builtins.{base.__name__}" if is_python_s and base.__name__ in EXCEPTIONS else base.__name__


def _classes() -> Iterator[str]:
    found = functions()
    for prefix, kind in OBJECTS.items():
        methods = [(name, function) for name, function in found.items() if name.startswith(f"{prefix}.")]
        yield f'class {kind.__name__}:\n    """{inspect.getdoc(kind)}"""\n'
        for name, function in methods:
            yield from _definition(name.partition(".")[2], name, function, "    ")
        if prefix == "lock":
            yield "    def __enter__(self) -> None: ...\n    def __exit__(self, *_: object) -> None: ...\n"


def _calls() -> Iterator[str]:
    for name, function in functions().items():
        if "." not in name and name not in _NOT_HERE:
            yield from _definition(name, name, function, "")


def _definition(name: str, called: str, function: FunctionType, indent: str) -> Iterator[str]:
    signature = inspect.signature(function)
    kept = [
        one.replace(annotation=_Written(one.annotation))
        for one in signature.parameters.values()
        if indent or one.name != "self"
    ]
    text = str(signature.replace(parameters=kept, return_annotation=_Written(signature.return_annotation)))
    text = _PLAIN_SELF.sub("(self", text)
    call = calls()[called]
    lines = [call.summary, *(f"\n{paragraph}" for paragraph in call.more)]
    for title, entries in call.parts.items():
        lines += ["", f"{title}:", *(f"    {entry}" for entry in entries)]
    doc = "\n".join(f"{indent}    {line}".rstrip() for line in "\n".join(lines).split("\n"))
    yield f'{indent}def {name}{text}:\n{indent}    """\n{doc}\n{indent}    """\n'
