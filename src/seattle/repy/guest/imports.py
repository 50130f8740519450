"""The `import` statement: which module a name stands for."""

from typing import Any

from seattle.repy.language.modules import load_facade


class Importer:
    """The imports of one program: each module is the same object wherever the program imports it."""

    def __init__(self) -> None:
        self._modules: dict[str, Any] = {}

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
        return module if fromlist or "." not in name else self._find(name.partition(".")[0])

    def _find(self, name: str) -> Any:
        if name not in self._modules:
            module = load_facade(name)
            if module is None:
                raise ImportError(f"there is no module {name!r} for Repy programs (see `repy check`)")
            self._modules[name] = module
        return self._modules[name]
