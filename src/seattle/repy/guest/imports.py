"""The `import` statement: which module a name stands for."""

from typing import Any

from seattle.repy.language.modules import load_facade


def import_module(
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
    module = load_facade(name)
    if module is None:
        raise ImportError(f"there is no module {name!r} for Repy programs (see `repy check`)")
    if fromlist or "." not in name:
        return module
    return load_facade(name.partition(".")[0]) or module
