"""What this Python has, name by name, and what the language wall says to each: for reviews of a new Python.

    python -m seattle.repy.language.audit >tests/language/audit/3.11.txt

One file for each supported Python is kept beside the tests. A name that a Python has and its file has not was seen by
nobody yet; a verdict that differs was changed by an edit that may not have meant to. Either fails the tests until
somebody has looked and has written the file anew.
"""

import ast
import builtins as python
import importlib
import types
from collections.abc import Iterator
from enum import StrEnum

from seattle.repy.language import guards, names
from seattle.repy.language.builtins import safe_builtins
from seattle.repy.language.modules import NAMES, load_facade, preload
from seattle.repy.language.rules import RULES, Rule


class Verdict(StrEnum):
    """What a program may do with a name."""

    ALLOWED = "allowed"
    CHECKED = "checked"  # when it runs, or by a rule about the names in it
    DEFINED = "defined"  # by classes of the program, and called by the language; not to be read
    REFUSED = "refused"


_INTERNALS: tuple[type, ...] = (
    types.AsyncGeneratorType,
    types.BuiltinFunctionType,
    types.CellType,
    types.CodeType,
    types.CoroutineType,
    types.FrameType,
    types.FunctionType,
    types.GeneratorType,
    types.GenericAlias,
    types.GetSetDescriptorType,
    types.MappingProxyType,
    types.MemberDescriptorType,
    types.MethodDescriptorType,
    types.MethodType,
    types.MethodWrapperType,
    types.ModuleType,
    types.TracebackType,
    types.UnionType,
    types.WrapperDescriptorType,
    type({}.keys()),
    type({}.items()),
    type({}.values()),
)


def survey() -> dict[str, Verdict]:
    """Every name, with the kind of thing that it is before it."""
    preload()
    return dict(sorted([*_syntax(), *_builtins(), *_attributes(), *_modules()]))


def _syntax() -> Iterator[tuple[str, Verdict]]:
    for name, kind in vars(ast).items():
        if isinstance(kind, type) and issubclass(kind, ast.AST):
            match RULES.get(kind):
                case Rule.ALLOW:
                    verdict = Verdict.ALLOWED
                case Rule.NAMES:
                    verdict = Verdict.CHECKED
                case _:
                    verdict = Verdict.REFUSED
            yield f"syntax {name}", verdict


def _builtins() -> Iterator[tuple[str, Verdict]]:
    ours = safe_builtins({})
    from_caller = {"open", "print"}
    for name in dir(python):
        special = names.UNDERSCORE_PAIR in name and name not in names.BARE_READABLE
        known = name in ours or name in from_caller or name in {"True", "False", "None"}
        yield f"builtin {name}", Verdict.ALLOWED if known and not special else Verdict.REFUSED


def _attributes() -> Iterator[tuple[str, Verdict]]:
    public = {value for name, value in vars(python).items() if isinstance(value, type) and not name.startswith("_")}
    for kind in public | set(_INTERNALS):
        for name in vars(kind):  # what it inherits is listed where it comes from
            yield f"attribute {kind.__name__}.{name}", attribute_verdict(name)


def attribute_verdict(name: str) -> Verdict:
    """What may be done with an attribute of this name, whatever the object."""
    if name in names.GUARDED or name == "__init__":
        return Verdict.CHECKED
    if guards.may_read(name):
        return Verdict.ALLOWED
    return Verdict.DEFINED if name in names.DEFINABLE else Verdict.REFUSED


def _modules() -> Iterator[tuple[str, Verdict]]:
    for module in NAMES:
        shown = vars(load_facade(module, {"sleep": print, "getruntime": print, "print": print}))
        real = importlib.import_module(module)
        for name in {*dir(real), *getattr(real, "__all__", ()), *shown}:  # some come into being when asked for
            # Modules are never shown; which others a module holds depends on what was imported before.
            if not name.startswith("_") and not isinstance(getattr(real, name, None), types.ModuleType):
                yield f"module {module}.{name}", Verdict.ALLOWED if name in shown else Verdict.REFUSED


if __name__ == "__main__":
    for _name, _verdict in survey().items():
        print(f"{_name}: {_verdict}")
