"""Enabling and disabling the modules of one shell."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seattle.shell.command_table import Command
from seattle.shell.errors import EXPECTED
from seattle.shell.modules.choice import Choice, usual_folder
from seattle.shell.modules.errors import Clash, ModuleBroken, ModuleClash, ModuleError, NoSuchModule
from seattle.shell.modules.guarded import GuardedExtension, guarded_hook, guarded_work
from seattle.shell.modules.installed import Installed, installed
from seattle.shell.modules.module import Module
from seattle.shell.syntax import Literal

if TYPE_CHECKING:  # a session has modules
    from seattle.shell.session import Session

_PREFIXES: Final = frozenset({"as", "on"})  # all commands may stand behind them


class State(Enum):
    """How it is with a module that is installed."""

    ENABLED = "enabled"
    DISABLED = "disabled"  # by the user
    LEFT_OUT = "left out"  # it is broken, or clashes: `enable` tells


class ModuleManager:
    """The modules of one shell: those that are installed, and which are enabled.

    Args:
        folder: where it is remembered what the user has disabled; None for the usual place.
        patience: seconds that a module may take to begin or to end.
    """

    def __init__(self, folder: Path | None = None, *, patience: float = 10.0) -> None:
        self._folder = folder
        self._patience = patience
        self._enabled: dict[str, Module] = {}

    @cached_property
    def installed(self) -> Mapping[str, Installed]:
        """All, by name, those that come with the shell first."""
        return self._found[0]

    @property
    def enabled(self) -> Mapping[str, Module]:
        """Those that are enabled, by name."""
        return dict(sorted(self._enabled.items()))

    def state(self, name: str) -> State:
        """How it is with a module that is installed. Raises OSError."""
        if name in self._enabled:
            return State.ENABLED
        return State.DISABLED if name in self._choice else State.LEFT_OUT

    def preload(self) -> None:
        """Import what `start` will enable, in a thread of the caller's. What goes wrong, `start` meets and tells."""
        for name, one in self.installed.items():
            with suppress(ModuleBroken, OSError):
                if name not in self._choice:
                    one.load()

    async def start(self, session: "Session") -> None:
        """Enable all that the user has not disabled, and complain of those that can't be."""
        _, problems = await asyncio.to_thread(lambda: self._found)  # reading about all packages takes a moment
        for problem in problems:
            session.complain(problem)
        for name in self.installed:
            try:
                if name not in self._choice:
                    await self._add(session, name)
            except EXPECTED as why:
                session.complain(why)

    async def stop(self, session: "Session") -> None:
        """Have all that are enabled end, and complain of those that can't."""
        for name, module in self._enabled.items():
            try:
                await guarded_hook(name, module.stop, session, within=self._patience)
            except EXPECTED as why:
                session.complain(why)

    async def enable(self, session: "Session", name: str) -> None:
        """Have a module, from now on. Raises ModuleError, OSError, and what commands may end in."""
        self._get(name)
        if self.state(name) is State.ENABLED:
            raise ModuleError(f"the module {name!r} is enabled already")
        await self._add(session, name)
        self._choice.enable(name)

    async def disable(self, session: "Session", name: str) -> None:
        """Do without a module, from now on. Raises as `enable`."""
        self._get(name)
        if self.state(name) is State.DISABLED:
            raise ModuleError(f"the module {name!r} is not enabled", hint=f"`enable {name}` does that")
        self._choice.disable(name)  # also one that was left out, so that it is not tried again
        module = self._enabled.pop(name, None)
        if module is not None:
            session.commands.remove(name)
            session.extensions.pop(name, None)
            session.kept.pop(name, None)
            await guarded_hook(name, module.stop, session, within=self._patience)

    def module(self, name: str) -> Module:
        """A module, enabled or not. Raises NoSuchModule, ModuleBroken."""
        return self._enabled.get(name) or self._get(name).load()

    def _get(self, name: str) -> Installed:
        if name not in self.installed:
            raise NoSuchModule(name)
        return self.installed[name]

    async def _add(self, session: "Session", name: str) -> None:
        module = await asyncio.to_thread(self._get(name).load)
        commands = [replace(one, work=guarded_work(name, one.work), module=name) for one in module.commands]
        _check(name, commands)
        if pairs := session.commands.clashes(commands):
            raise ModuleClash(name, [Clash(new.syntax, old.syntax, old.module) for new, old in pairs])
        await guarded_hook(name, module.start, session, within=self._patience)
        session.commands.add(commands)
        session.extensions[name] = GuardedExtension(name, module.extension)
        self._enabled[name] = module

    @cached_property
    def _found(self) -> tuple[dict[str, Installed], list[ModuleError]]:
        return installed()

    @cached_property
    def _choice(self) -> Choice:
        return Choice(self._folder or usual_folder())


def _check(name: str, commands: Sequence[Command]) -> None:
    for command in commands:
        for form in command.forms:
            first = form[0]
            if not isinstance(first, Literal):
                raise ModuleBroken(name, f"its command `{command.syntax}` does not begin with a word of its own")
            if not _PREFIXES.isdisjoint(first.spellings):
                raise ModuleBroken(name, f"its command `{command.syntax}` begins with {first}, as all commands may")
