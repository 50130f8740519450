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

from seattle.shell.command_table import BUILT_IN, Command
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


class ModuleClash(ModuleError):
    """It brings commands that can't be told from others. `pairs`: each of its commands that clashes, and with which."""

    def __init__(self, name: str, pairs: Sequence[tuple[Command, Command]]) -> None:
        told = "; ".join(f"`{new.syntax}` with `{old.syntax}` ({_owner(old)})" for new, old in pairs)
        owners = dict.fromkeys(old.module for _, old in pairs if old.module not in (BUILT_IN, name))
        super().__init__(
            f"the module {name!r} clashes with commands that are there: {told}",
            hint=" or ".join(f"`disable {owner}`" for owner in owners) or f"`disable {name}` leaves it out",
        )
        self.pairs = tuple(pairs)


def _owner(command: Command) -> str:
    return "of the shell itself" if command.module == BUILT_IN else f"of the module {command.module!r}"


def _said(why: object) -> str:
    return f"{type(why).__name__}: {why}" if isinstance(why, BaseException) else str(why)
