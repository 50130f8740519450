"""What code gets that runs in a vessel: names, builtins, imports. There is one world, and one more for each layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from seattle.repy.guest.derived import settle
from seattle.repy.guest.exceptions import EXCEPTIONS
from seattle.repy.guest.imports import Importer
from seattle.repy.guest.own_modules import OwnModules
from seattle.repy.guest.safe_dict import SafeDict, wrap
from seattle.repy.guest.sources import OWN, PROGRAM, Sources
from seattle.repy.language.builtins import safe_builtins


class World:
    """The calls that a program has, by name, and the modules that it imports: those have the same calls.

    The calls are among the globals of the program, where its contexts and virtual namespaces find them. Its modules
    find them among their builtins: they are no attributes of a module. A layer has no modules of its own, for the
    files of the vessel are in the hands of those whom it is to hold.
    """

    def __init__(
        self,
        calls: Mapping[str, object],
        arguments: Sequence[str],
        callfunc: str,
        sources: Sources,
        *,
        stage: int = PROGRAM,
    ) -> None:
        self._shared: dict[str, object] = {"callargs": list(arguments), "mycontext": {}}
        self.names: dict[str, Any] = {"__name__": "__main__", **calls, **self._shared, "callfunc": callfunc}
        self.names["_context"] = wrap(self.names, whole=True)
        settle(self.names, whole=True)
        # As they are settled: what was made for the stage above must not be had from here.
        self._calls = {name: self.names[name] for name in calls if name in self.names}
        own = OwnModules(self._calls, self._module_names, sources) if stage == PROGRAM else None
        self._new_builtins = partial(bare_builtins, stage=stage)
        of_library = {**self._calls, "callargs": self._shared["callargs"]}
        self._importer = Importer(own, calls=of_library, new_builtins=self._new_builtins)
        self.names["__builtins__"] = self._new_builtins(self._importer.import_module)

    @property
    def calls(self) -> dict[str, object]:
        """The calls by name, in a dict of its own."""
        return dict(self._calls)

    def call_it(self, name: str) -> None:
        """Tell the library what the program is called by."""
        self._importer.call_it(name)

    def _module_names(self, name: str) -> dict[str, Any]:
        names: dict[str, Any] = {"__name__": name, "__doc__": None}
        more = {"callfunc": "import", "_context": wrap(names)}
        calls = {**self._calls, **self._shared, **more}
        settle(calls, whole=False, names=names)
        names["__builtins__"] = self._new_builtins(self._importer.import_module, calls)
        return names


def bare_builtins(
    hook: Callable[..., Any], calls: Mapping[str, object] | None = None, *, stage: int = PROGRAM
) -> dict[str, Any]:
    """Builtins for the program's own code: the language's and the exceptions; of the API only what `calls` has.

    `hook` is called for each import.
    """
    return safe_builtins(
        {
            **EXCEPTIONS,
            "SafeDict": SafeDict,
            **(calls or {}),
            "__import__": hook,
            OWN: stage,
        }
    )
