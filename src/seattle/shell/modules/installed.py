"""Which modules are installed, told without importing any of them."""

import importlib.metadata
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from seattle.shell.modules.errors import ModuleBroken, ModuleError, PackageBroken
from seattle.shell.modules.module import Module

GROUP: Final = "seattle.shell.modules"
OURS: Final = "seattle"  # the package that the shell itself is in

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}\Z")


@dataclass(frozen=True)
class Installed:
    """A module that is installed."""

    entry: importlib.metadata.EntryPoint

    @property
    def name(self) -> str:
        """What it is enabled by."""
        return self.entry.name

    @cached_property
    def package(self) -> str:
        """The package that brings it."""
        return "" if self.entry.dist is None else _name(self.entry.dist)

    @cached_property
    def about_package(self) -> str:
        """What that package says of itself."""
        about = {} if self.entry.dist is None else self.entry.dist.metadata.json
        return str(about.get("summary", ""))

    def load(self) -> Module:
        """Import it. Raises ModuleBroken, whatever happens there."""
        try:
            module: object = self.entry.load()
        except (Exception, SystemExit) as why:  # it is somebody else's code, and the shell goes on
            raise ModuleBroken(self.name, why) from why
        if not isinstance(module, Module):
            raise ModuleBroken(self.name, f"{self.entry.value} is no Module")
        return module


def installed() -> tuple[dict[str, Installed], list[ModuleError]]:
    """The modules by name, ours first; and those that can't be had by their names."""
    found: list[Installed] = []
    problems: list[ModuleError] = []
    for package in importlib.metadata.distributions():
        try:
            found += map(Installed, package.entry_points.select(group=GROUP))
        except Exception as why:  # noqa: BLE001 - somebody else's file, in any form
            problems.append(PackageBroken(_name(package), why))
    modules, more = sorted_out(found)
    return modules, [*problems, *more]


def sorted_out(entries: Iterable[Installed]) -> tuple[dict[str, Installed], list[ModuleError]]:
    """These by name, as `installed`: of two with one name the first counts, in the order of their packages."""
    found: dict[str, Installed] = {}
    problems: list[ModuleError] = []
    for one in sorted(entries, key=lambda one: (one.package != OURS, one.package, one.name)):
        if not _NAME.match(one.name):
            problems.append(ModuleBroken(one.name, f"nothing can be called so ({one.package})"))
        elif one.name not in found:
            found[one.name] = one
        elif one.package != found[one.name].package:  # a package may be found twice on the path
            other = f"{one.package} brings it, and so does {found[one.name].package}, which counts"
            problems.append(ModuleBroken(one.name, other, hint=f"uninstall {one.package}, or do without its module"))
    return found, problems


def _name(package: importlib.metadata.Distribution) -> str:
    try:
        name: object = package.name
    except (KeyError, OSError):  # in later versions of Python; earlier ones say None
        name = None
    return name if isinstance(name, str) else f"in {package.locate_file('')}"
