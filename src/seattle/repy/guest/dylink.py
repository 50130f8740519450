"""The reference's way to use other files: `dy_import_module` and its kin. New programs write `import`.

Each context has three functions of its own. What they run gets the API calls that stand in that context, and nothing
that only an outer one has: a library that code beneath a layer imports is held by the layer, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn, Self

from seattle.repy.guest.calls import api_function, function_of
from seattle.repy.guest.derived import DYLINK
from seattle.repy.guest.exceptions import FileNotFoundError as NoSuchFileError
from seattle.repy.guest.exceptions import RepyArgumentError
from seattle.repy.guest.imports import Importer
from seattle.repy.guest.library import old_code
from seattle.repy.guest.loading import Loading
from seattle.repy.guest.namespaces import context_of, run_in
from seattle.repy.guest.program_text import compile_file, read_file
from seattle.repy.guest.safe_dict import is_safe_name, wrap
from seattle.repy.guest.sources import Sources
from seattle.repy.guest.world import bare_builtins

_OF_EACH = frozenset({"CHILD_CONTEXT", "HAS_DYLINK", "_context", "callfunc", "mycontext", *DYLINK})
"""What every context has for itself."""

_TOLD = frozenset({"CHILD_CONTEXT", "HAS_DYLINK"})


class RepyImportError(ImportError):
    """There is no such file, or the program may not open any."""


class DylinkModule:
    """What `dy_import_module` returns: the globals of the module as they were when it had run.

    `_context` has them as they are now, `_name` is the file's name.
    """

    __slots__ = ("__dict__", "__weakref__")

    def __new__(cls, *_args: object, **_kwargs: object) -> Self:
        """Refuse."""
        raise TypeError("modules are imported, not made")

    def __repr__(self) -> str:
        return f"<module {object.__getattribute__(self, '_name')!r}>"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("modules cannot be copied")


class Dylink:
    """What all contexts of a program share. `api`: the names of all calls; `describe`: the report on an exception."""

    def __init__(self, api: Sequence[str], sources: Sources, describe: Callable[[BaseException], str]) -> None:
        self.api = frozenset(api)
        self.sources = sources
        self.describe = describe


class Context:
    """Dylink for the context whose globals are `names`.

    `loading`: what this context and those with a common past have imported. One that was copied starts with nothing:
    the calls in it may be others, and who it is copied for may be somebody to be held.
    """

    def __init__(self, dylink: Dylink, names: dict[str, Any], loading: Loading[DylinkModule] | None = None) -> None:
        self._dylink = dylink
        self.names = names
        self._loading = Loading() if loading is None else loading

    def enter(self, holder: dict[str, Any]) -> None:
        """Put into `holder` (the globals, or a module's builtins) our own functions for those that are there."""
        all_names = {**holder, **self.names}
        child = {key: value for key, value in all_names.items() if is_safe_name(key) and key not in _TOLD}
        child["mycontext"] = {}
        child["_context"] = wrap(child, whole=True)
        holder.update({name: function for name, function in self.calls().items() if name in holder})
        holder.update(HAS_DYLINK=True, CHILD_CONTEXT=child["_context"])

    def of(self, names: dict[str, Any]) -> Context:
        """The same for other globals."""
        return Context(self._dylink, names)

    def calls(self) -> dict[str, Callable[..., Any]]:
        """The three functions."""

        def dy_import_module(name: str, callfunc: str = "import", additional_globals: Any = ()) -> DylinkModule:
            """Run a file of the vessel as a module, the first time; later imports give the same module.

            Args:
                name: The file's whole name.
                callfunc: What the module finds as its `callfunc`.
                additional_globals: Names of the program that the module gets, besides the calls.

            Returns:
                A module: its names as they were when it had run. Its `_context` has them as they are now.

            Raises:
                RepyArgumentError: An argument is of the wrong type, or `name` no name of a file.
                RepyImportError: There is no such file. Catch it as `ImportError`.
                ResourceExhaustedError: All `filesopened` are taken.
                Exception: The module is not Repy, or failed; the text is the report on it.

            Costs:
                What reading the file costs, the first time.
            """
            return self._load(name, callfunc, additional_globals)

        def dy_import_module_symbols(name: str, callfunc: str = "import") -> None:
            """Import a module, and copy its names into the program, over those that are there.

            Args:
                name: The file's whole name.
                callfunc: What the module finds as its `callfunc`.

            Raises:
                ImportError: As for `dy_import_module`, and so are all others.

            Costs:
                As `dy_import_module`.
            """
            found = _names_of(self._load(name, callfunc, ()))
            self.names.update({key: found[key] for key in list(found) if key not in _OF_EACH and is_safe_name(key)})

        def dy_dispatch_module(context: Any = None) -> bool:
            """Run the program that `callargs` begins with; it gets the rest of them.

            Args:
                context: Whose names it has; `CHILD_CONTEXT` if there is none.

            Returns:
                True, when it has ended; False if `callargs` is empty.

            Raises:
                ImportError: There is no such file.
                CodeUnsafeError: It is not Repy.
                ContextUnsafeError: `context` is a dict with names that no program may have.

            Costs:
                What reading the file costs.
            """
            return self._dispatch(self._find("CHILD_CONTEXT") if context is None else context)

        functions: tuple[Any, ...] = (dy_import_module, dy_import_module_symbols, dy_dispatch_module)
        calls = dict(zip(DYLINK, map(api_function, functions), strict=True))
        for call in calls.values():
            function_of(call).the__context = self  # no program can spell this attribute
        return calls

    def _load(self, name: str, callfunc: str, additional_globals: Any) -> DylinkModule:
        if type(name) is not str or type(callfunc) is not str or type(additional_globals) not in (list, tuple):
            raise RepyArgumentError("name and callfunc have to be str, additional_globals a list of str")
        calls = {call: value for call in self._dylink.api if (value := self._find(call)) is not None}
        extra = {key: self.names[key] for key in additional_globals if is_safe_name(key) and key in self.names}
        names = {**calls, **extra, "callfunc": callfunc, "mycontext": {}}
        # With other calls it is another module. The ids stay theirs: the module's globals hold the calls.
        key = (name, *sorted((call, id(value)) for call, value in calls.items() if call not in DYLINK))
        return self._loading.get(key, lambda: self._make(name, names), self._fill)

    def _make(self, name: str, names: dict[str, Any]) -> DylinkModule:
        names["__name__"] = name
        names["__builtins__"] = bare_builtins(
            self._find("__import__") or Importer(calls=names, new_builtins=bare_builtins).import_module
        )
        names["_context"] = wrap(names)
        Context(self._dylink, names, self._loading).enter(names)
        module = object.__new__(DylinkModule)
        vars(module).update({"_context": names["_context"], "_name": name})
        return module

    def _fill(self, module: DylinkModule) -> None:
        names = _names_of(module)
        calls = {call: names.get(call) for call in self._dylink.api}  # a module may have made its own of one
        file = names["__name__"]
        code = None
        try:
            data = self._read(file)
        except RepyImportError:
            if (code := old_code(file)) is None:
                raise
        try:
            exec(code or compile_file(data, file, self._dylink.sources), names)  # noqa: S102 - checked by the language wall
        except Exception as error:
            raise Exception(self._dylink.describe(error)) from error  # noqa: TRY002 - as in the reference
        hidden = _TOLD | {*DYLINK} | {call for call, value in calls.items() if names.get(call) is value}
        vars(module).update({key: names[key] for key in names if not key.startswith("_") and key not in hidden})

    def _dispatch(self, value: Any) -> bool:
        arguments = self._find("callargs")
        if type(arguments) is not list or not arguments:
            return False
        context = context_of(value)
        file = arguments[0]
        code = compile_file(self._read(file), file, self._dylink.sources)
        if context.get("callargs") is arguments:
            context["callargs"] = arguments[1:]
        context["callfunc"] = self._find("callfunc")
        run_in(context, code)
        return True

    def _read(self, file: str) -> bytes:
        openfile = self._find("openfile")
        if openfile is None:
            raise RepyImportError(f"{file} can't be read: this context has no openfile")
        try:
            return read_file(openfile, file)
        except NoSuchFileError:
            raise RepyImportError(f"there is no file {file!r} in the vessel") from None

    def _find(self, name: str) -> Any:
        """What code in this context finds under a name; None if nothing."""
        return self.names.get(name, self.names.get("__builtins__", {}).get(name))


def _names_of(module: DylinkModule) -> dict[str, Any]:
    names: dict[str, Any] = vars(module)["_context"].the__names
    return names
