"""What can go wrong with modules.

ShellError
└── ModuleError       a module can't be enabled, disabled or used
    ├── NoSuchModule      none of this name is installed
    ├── ModuleBroken      it can't be imported, is no module, or fails
    ├── PackageBroken     what a package says of its modules can't be read
    └── ModuleClash       it brings commands that can't be told from others
"""
# ruff: noqa: N818 - what went wrong is the name; the suffix is for bases, as elsewhere in the house

from collections.abc import Sequence
from dataclasses import dataclass

from seattle.shell.errors import ShellError


class ModuleError(ShellError):
    """A module can't be enabled, disabled or used."""


class NoSuchModule(ModuleError):
    """None of this name is installed."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no module {name!r} is installed", hint="`show modules` lists them")


class ModuleBroken(ModuleError):
    """It can't be imported, is no module, or fails."""

    def __init__(self, name: str, why: object, *, hint: str = "") -> None:
        super().__init__(f"the module {name!r} is broken: {_said(why)}", hint=hint or f"`disable {name}` leaves it out")


class PackageBroken(ModuleError):
    """What a package says of its modules can't be read."""

    def __init__(self, package: str, why: Exception) -> None:
        super().__init__(
            f"whether the package {package} has modules can't be told: {_said(why)}", hint="install that package anew"
        )


@dataclass(frozen=True)
class Clash:
    """A command that a module brings, and one that is there: their syntaxes, and whose the latter is."""

    new: str
    old: str
    module: str  # empty for the shell itself

    def __str__(self) -> str:
        whose = f"module {self.module!r}" if self.module else "shell itself"
        return f"`{self.new}` with `{self.old}` (of the {whose})"


class ModuleClash(ModuleError):
    """It brings commands that can't be told from others."""

    def __init__(self, name: str, clashes: Sequence[Clash]) -> None:
        others = dict.fromkeys(one.module for one in clashes if one.module not in ("", name))
        super().__init__(
            f"the module {name!r} clashes with commands that are there: {'; '.join(map(str, clashes))}",
            hint=" or ".join(f"`disable {other}`" for other in others) or f"`disable {name}` leaves it out",
        )


def _said(why: object) -> str:
    return f"{type(why).__name__}: {why}" if isinstance(why, BaseException) else str(why)
