"""All that a shell remembers, and how it does what a line says."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

from seattle.client.aio.vessels import AsyncVesselGroup
from seattle.repy.visible import visible
from seattle.shell.call import Call
from seattle.shell.command_table import CommandTable
from seattle.shell.connections import Connections
from seattle.shell.errors import Incomplete, NotUnderstood
from seattle.shell.identities import Identities
from seattle.shell.targets import Known, Targets
from seattle.shell.words import split


@dataclass
class Session:
    """One shell.

    Attributes:
        out: data, for people and for files.
        notes: progress, reasons of failures and other words beside the data.
        identity_name: the default identity, of `as NAME`.
        target_name: the default target, of `on TARGET`.
    """

    connections: Connections
    commands: CommandTable
    out: Console
    notes: Console
    identities: Identities = field(default_factory=Identities)
    targets: Targets = field(default_factory=Targets)
    identity_name: str | None = None
    target_name: str | None = None

    async def do(self, line: str) -> None:
        """Do what a line says; nothing for one that is empty.

        Raises ShellError, ClientError, FabricError, IdentityError, OSError.
        """
        words = split(line)
        if words:
            await self._do(words)

    async def _do(self, words: Sequence[str]) -> None:
        identity_name, target_name, rest = self.prefixes(words)
        if rest:
            found = self.commands.find(rest)
            await found.command.work(Call(self, found.values, identity_name, target_name))
        else:
            self.identity_name, self.target_name = identity_name, target_name

    def prefixes(self, words: Sequence[str]) -> tuple[str | None, str | None, Sequence[str]]:
        """For whom and at what, after any `as NAME` and `on TARGET` before the command; and the command.

        Raises Incomplete, NotUnderstood for the same one twice, NoSuchIdentity, NoSuchTarget.
        """
        given: dict[str, str] = {}
        while words and words[0] in ("as", "on"):
            prefix, *words = words
            if not words:
                raise Incomplete(f"`{prefix}` goes on with {'NAME' if prefix == 'as' else 'TARGET'}")
            if prefix in given:
                raise NotUnderstood(f"`{prefix}` stands here twice")
            given[prefix], *words = words
        if "as" in given:
            self.identities.get(given["as"])
        if "on" in given:
            self.targets.resolve(given["on"])
        return given.get("as", self.identity_name), given.get("on", self.target_name), words

    async def groups_of(self, vessels: Sequence[Known]) -> list[AsyncVesselGroup]:
        """The vessels, ready to be asked: a group for each identity with which some of them were found."""
        names = dict.fromkeys(one.identity for one in vessels)
        return [await self._group_of(name, vessels) for name in names]

    async def _group_of(self, name: str, vessels: Sequence[Known]) -> AsyncVesselGroup:
        testbed = await self.connections.testbed(self.identities.get(name))
        return testbed.group([one.vessel for one in vessels if one.identity == name])

    async def close(self) -> None:
        """Disconnect."""
        await self.connections.close()

    def show(self, text: str) -> None:
        """Print lines of data. What strangers wrote in them does not steer the terminal."""
        self.out.print(Text(visible(text)), soft_wrap=True)

    def note(self, text: str, *, style: str = "") -> None:
        """Print lines beside the data, as above."""
        self.notes.print(Text(visible(text), style), soft_wrap=True)

    def complain(self, error: Exception) -> None:
        """Say what went wrong, and what to do."""
        self.note(f"error: {error}", style="red")
        if hint := getattr(error, "hint", ""):
            self.note(f"hint: {hint}")
