"""Virtual namespaces: program text that runs with the names of a context, and with nothing else."""

from __future__ import annotations

from contextvars import copy_context
from types import CodeType
from typing import Any, NoReturn, Self

from seattle.repy.guest import arguments
from seattle.repy.guest.calls import api_call
from seattle.repy.guest.copies import deep_copy
from seattle.repy.guest.derived import DYLINK, settle
from seattle.repy.guest.exceptions import ContextUnsafeError, RepyArgumentError
from seattle.repy.guest.imports import Importer
from seattle.repy.guest.program_text import compile_file, compile_text
from seattle.repy.guest.safe_dict import SafeDict, is_safe_name, wrap
from seattle.repy.guest.sources import Sources
from seattle.repy.guest.world import bare_builtins
from seattle.repy.language.modules.careful_decimal import leave_caller_s_context


class VirtualNamespace:
    """Checked code, to be run in any number of contexts."""

    # Two underscores within a name: no program can spell these attributes.
    __slots__ = ("__weakref__", "the__code")

    the__code: CodeType

    def __new__(cls, *_args: object, **_kwargs: object) -> Self:
        """Refuse."""
        raise TypeError("virtual namespaces are made by createvirtualnamespace")

    @api_call
    def evaluate(self, context: SafeDict | dict[str, Any], enable_dylink: bool = True) -> SafeDict:  # noqa: FBT001, FBT002 - the reference's signature
        """Run the code with the names of a context.

        The code sees these and the language's own: no call that the context has not. What it raises goes to the caller.

        Args:
            context: A `SafeDict`, which is used as it is, or a `dict`, of which a copy is made.
            enable_dylink: False takes `dy_import_module` and its kin out of the context.

        Returns:
            The context: the `SafeDict` itself, or that of the copy. It has the names that the code has defined.

        Raises:
            RepyArgumentError: An argument is of the wrong type.
            ContextUnsafeError: A `dict` has a name that no program may have.
        """
        arguments.boolean(enable_dylink, "enable_dylink")
        names = context_of(context)
        if not enable_dylink:
            for name in DYLINK:
                names.pop(name, None)
            names["HAS_DYLINK"] = False
        run_in(names, self.the__code)
        return names

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
        importer = Importer(calls=names, new_builtins=bare_builtins)
        importer.call_it(code.co_filename)
        names["__builtins__"] = bare_builtins(importer.import_module)
        names["__name__"] = "__main__"
    settle(names, whole=context.is__whole)
    # What code does to the context of the thread (that of `decimal`, say) ends with it.
    copy_context().run(_run_apart, code, names)


def _run_apart(code: CodeType, names: dict[str, Any]) -> None:
    leave_caller_s_context()
    exec(code, names)  # noqa: S102 - checked by the language wall


def context_of(value: object) -> SafeDict:
    """A SafeDict itself, a copy of a dict. Raises ContextUnsafeError and RepyArgumentError."""
    if type(value) is SafeDict:
        return value
    if type(value) is not dict:
        raise RepyArgumentError(f"context has to be a SafeDict or a dict, not {type(value).__name__}")
    # These names become globals, so nobody may hold them: neither the caller, who could change them once they are
    # checked, nor what is in them. A dict that has itself in it finds the copy there, and that is another one.
    names = dict(deep_copy(value))
    for name in names:
        if not is_safe_name(name):
            raise ContextUnsafeError(f"the context has the name {name!r}, which is not part of Repy")
    return wrap(names)
