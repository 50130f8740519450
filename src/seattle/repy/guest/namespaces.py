"""Virtual namespaces: program text that runs with the names of a context, and with nothing else."""

from __future__ import annotations

from types import CodeType
from typing import Any, NoReturn, Self

from seattle.repy.guest import arguments
from seattle.repy.guest.copies import deep_copy
from seattle.repy.guest.derived import DYLINK, settle
from seattle.repy.guest.exceptions import ContextUnsafeError, RepyArgumentError
from seattle.repy.guest.imports import Importer
from seattle.repy.guest.program_text import compile_file, compile_text
from seattle.repy.guest.safe_dict import SafeDict, is_safe_name, wrap
from seattle.repy.guest.sources import Sources
from seattle.repy.guest.world import bare_builtins


class VirtualNamespace:
    """Checked code, to be run in any number of contexts."""

    # Two underscores within a name: no program can spell these attributes.
    __slots__ = ("__weakref__", "the__code")

    the__code: CodeType

    def __new__(cls, *_args: object, **_kwargs: object) -> Self:
        """Refuse."""
        raise TypeError("virtual namespaces are made by createvirtualnamespace")

    def evaluate(self, *args: Any, **kwargs: Any) -> SafeDict:
        """Run the code in a context, which is returned: a SafeDict itself, or the copy that is made of a dict.

        The code sees the names in the context, the language's builtins, and no API call that the context has not.
        Whatever it raises goes to the caller. A second argument False takes the `dy_...` calls out of the context.
        """
        if kwargs or not 1 <= len(args) <= 2:
            raise RepyArgumentError("evaluate takes a context, and whether it may have dylink, by position")
        if len(args) == 2:
            arguments.boolean(args[1], "enable_dylink")
        context = context_of(args[0])
        if args[1:] == (False,):
            for name in DYLINK:
                context.pop(name, None)
            context["HAS_DYLINK"] = False
        run_in(context, self.the__code)
        return context

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("virtual namespaces can't be copied")


def create_namespace(code: object, name: object, sources: Sources) -> VirtualNamespace:
    """A namespace for a program text.

    Raises RepyArgumentError, and CodeUnsafeError with every violation.
    """
    if type(code) not in (str, bytes):
        raise RepyArgumentError(f"code has to be a str, not {type(code).__name__}")
    label = arguments.text(name, "name")
    if "\0" in label:
        raise RepyArgumentError("name holds a NUL character")
    namespace = object.__new__(VirtualNamespace)
    compiled = (
        compile_file(code, label, sources) if isinstance(code, bytes) else compile_text(str(code), label, sources)
    )
    namespace.the__code = compiled
    return namespace


def run_in(context: SafeDict, code: CodeType) -> None:
    """Run checked code with the names of a context."""
    names = context.the__names
    if "__builtins__" not in names:
        names["__builtins__"] = bare_builtins(Importer().import_module)
        names["__name__"] = "__main__"
    settle(names, whole=context.is__whole)
    exec(code, names)  # noqa: S102 - checked by the language wall


def context_of(value: object) -> SafeDict:
    """A SafeDict itself, a copy of a dict. Raises ContextUnsafeError and RepyArgumentError."""
    if type(value) is SafeDict:
        return value
    if type(value) is not dict:
        raise RepyArgumentError(f"context has to be a SafeDict or a dict, not {type(value).__name__}")
    for name in list(value):
        if not is_safe_name(name):
            raise ContextUnsafeError(f"the context has the name {name!r}, which is not part of Repy")
    return wrap(deep_copy(value))
