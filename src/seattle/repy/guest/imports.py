"""The `import` statement: which module a name stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seattle.repy.guest.library import LibraryModules, NewBuiltins
from seattle.repy.guest.own_modules import OwnModules
from seattle.repy.language.modules import load_facade


class Importer:
    """The imports of one program: each module is the same object wherever the program imports it.

    SeattleLib's come first, then the standard library's, then the program's own files, if it may import those. `calls`
    are the API calls that the program has, by name: `time.sleep` is its `sleep`. `new_builtins` makes the builtins of
    SeattleLib's modules.
    """

    def __init__(self, own: OwnModules | None = None, *, calls: Mapping[str, Any], new_builtins: NewBuiltins) -> None:
        self._modules: dict[str, Any] = {}
        self._library = LibraryModules(calls, self.import_module, new_builtins)
        self._own = own
        self._calls = calls

    def call_it(self, name: str) -> None:
        """Tell the library what the program is called by: `sys.argv` begins with that."""
        self._library.called_as = name

    def import_module(
        self,
        name: str,
        globals_: object = None,
        locals_: object = None,
        fromlist: tuple[str, ...] | None = (),
        level: int = 0,
    ) -> Any:
        """What the interpreter calls for `import name` and `from name import ...`. Raises ImportError."""
        del globals_, locals_
        if level:
            raise ImportError("a vessel has no packages; import the module by its full name")
        module = self._find(name)
        for inner in fromlist or ():
            if not hasattr(module, inner):
                self._library.load(f"{name}.{inner}")  # `from urllib import request`: a module of the package, if any
        return module if fromlist or "." not in name else self._find(name.partition(".")[0])

    def _find(self, name: str) -> Any:
        if name in self._modules:
            return self._modules[name]
        if (module := self._library.load(name)) is not None:
            return module
        if (facade := load_facade(name, self._calls)) is None:
            return self._find_own(name)
        self._modules[name] = facade
        return facade

    def _find_own(self, name: str) -> Any:
        module = self._own.load(name) if self._own is not None else None
        if module is None:
            where = "" if self._own is None or "." in name else f", and no file {name}.py in the vessel"
            raise ModuleNotFoundError(f"there is no module {name!r} for Repy programs{where} (see `repy check`)")
        return module
