"""All that a shell remembers, and how it does what a line says."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from seattle.client.aio.vessels import AsyncVesselGroup
from seattle.repy.visible import visible
from seattle.shell.call import Call
from seattle.shell.command_table import CommandTable
from seattle.shell.connections import Connections
from seattle.shell.errors import in_words
from seattle.shell.extensions import Extension
from seattle.shell.folding import told_apart
from seattle.shell.identities import Identities
from seattle.shell.modules.manager import ModuleManager
from seattle.shell.outcome import Outcome
from seattle.shell.settings import Settings
from seattle.shell.targets import Known, Targets
from seattle.shell.words import split

_LONGEST: Final = 20  # characters of a name in the prompt


@dataclass
class Session:
    """One shell.

    Attributes:
        out: data, for people and for files.
        notes: progress, reasons of failures and other words beside the data.
        identity_name: the default identity, of `as NAME`.
        target_name: the default target, of `on TARGET`.
        extensions: what modules that are enabled do beside bringing commands, by the module's name.
        kept: what modules remember, by the module's name; `savestate` saves it, so msgpack must be able to hold it.
        leaving: no more lines are wanted.
    """

    connections: Connections
    commands: CommandTable
    out: Console
    notes: Console
    identities: Identities = field(default_factory=Identities)
    targets: Targets = field(default_factory=Targets)
    settings: Settings = field(default_factory=Settings)
    identity_name: str | None = None
    target_name: str | None = None
    extensions: dict[str, Extension] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    leaving: bool = False
    modules: ModuleManager = field(default_factory=ModuleManager)
    _worked: int = 0  # vessels, in the line that is being done
    _failed: int = 0
    _mistakes: list[Exception] = field(default_factory=list)  # of ours, in that line

    async def do(self, line: str) -> Outcome:
        """Do what a line says, as modules have rewritten it; nothing for one that is empty.

        Raises ShellError, ClientError, FabricError, IdentityError, OSError; CancelledError, also when a command that
        was cancelled has returned what it had.
        """
        self._worked = self._failed = 0
        self._mistakes.clear()
        words = split(self._rewritten(line))
        if words:
            try:
                await self.perform(words, identity_name=self.identity_name, target_name=self.target_name)
            finally:
                self._let_go()
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError
        if self._mistakes:
            raise self._mistakes[0]
        if self._failed:
            return Outcome.DONE_IN_PART if self._worked else Outcome.FAILED
        return Outcome.DONE

    def _let_go(self) -> None:
        """Have no default target, if it is no more."""
        if self.target_name is not None and not self.targets.has(self.target_name):
            self.note(f"note: there is no target {self.target_name} any more")
            self.target_name = None

    def tally(self, *, worked: int, failed: int) -> None:
        """Take note of how many vessels the line's command worked on, and on how many it did not."""
        self._worked += worked
        self._failed += failed

    def own_up(self, mistake: Exception) -> None:
        """Take note of a mistake of ours: it is raised when the line's command has told what came of the rest."""
        self._mistakes.append(mistake)

    async def perform(self, words: Sequence[str], *, identity_name: str | None, target_name: str | None) -> None:
        """Do the command that these words are, in this name and at this target. Raises as `do`."""
        found = self.commands.find(words)
        await found.command.work(Call(self, found.values, identity_name, target_name))

    def _rewritten(self, line: str) -> str:
        new = line
        for extension in self.extensions.values():
            new = extension.rewrite(self, new)
        if new != line and self.settings.show_parse:
            self.note(f"Parsed as: {new}")
        return new

    async def groups_of(self, vessels: Sequence[Known]) -> list[AsyncVesselGroup]:
        """The vessels, ready to be asked: a group for each identity with which some of them were found."""
        names = dict.fromkeys(one.identity for one in vessels)
        return [await self._group_of(name, vessels) for name in names]

    async def _group_of(self, name: str, vessels: Sequence[Known]) -> AsyncVesselGroup:
        testbed = await self.connections.testbed(self.identities.get(name))
        return testbed.group([one.vessel for one in vessels if one.identity == name])

    @property
    def prompt(self) -> str:
        """What stands before a line that is typed: `joe@%1 !> `."""
        identity = "" if self.identity_name is None else f"{cut(self.identity_name)}@"
        return visible(f"{identity}{cut(self.target_name or '')} !> ")

    async def close(self) -> None:
        """Have modules end, and disconnect."""
        await self.modules.stop(self)
        await self.connections.close()

    def show(self, text: str) -> None:
        """Print lines of data. What strangers wrote in them does not steer the terminal."""
        self.out.print(Text(visible(text)), soft_wrap=True)

    def show_beneath(self, heading: str, text: str) -> None:
        """Print what strangers wrote beneath a heading of ours, as above.

        On a terminal the heading is bold, as nothing in the text can be; elsewhere no line of the text is the same.
        """
        words = Text.assemble((visible(heading), "bold"), "\n", visible(told_apart(text)))
        self.out.print(words, soft_wrap=True)

    def show_from(self, label: str, text: str, *, style: str = "") -> None:
        """Print a line of data that says where it is from, as above."""
        self.out.print(Text.assemble((f"{visible(label)} | ", style), visible(text)), soft_wrap=True)

    def note(self, text: str, *, style: str = "") -> None:
        """Print lines beside the data, as above."""
        self.notes.print(Text(visible(text), style), soft_wrap=True)

    def complain(self, error: Exception, *, where: str = "") -> None:
        """Say what went wrong, where, and what to do."""
        self.note(f"error: {where}{in_words(error)}", style="red")
        if hint := getattr(error, "hint", ""):
            self.note(f"hint: {hint}")


def cut(name: str) -> str:
    """A name as the prompt shows it."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 3]}..."
