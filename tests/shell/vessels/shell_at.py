"""A shell whose lines a test types, and whose words it reads."""

import asyncio
import io
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from anyio.from_thread import BlockingPortal
from rich.console import Console

from seattle.client import Place
from seattle.client.profile import Profile
from seattle.shell.command_table import CommandTable
from seattle.shell.commands import BUILT_IN_COMMANDS
from seattle.shell.connections import Connections
from seattle.shell.identities import Identity
from seattle.shell.session import Session
from seattle.shell.targets import Known

BOUND: Final = 30.0  # seconds; far more than anything takes


class ShellAt:
    """A session with one identity. `folder` is where the test keeps files.

    Attributes:
        notes: what stood beside the data of the last line.
    """

    def __init__(self, portal: BlockingPortal, profile: Profile, *, name: str, folder: Path) -> None:
        self.folder = folder
        self.notes = ""
        self.portal = portal
        self._out, self._notes = io.StringIO(), io.StringIO()
        out, notes = Console(file=self._out), Console(file=self._notes)
        self.session = Session(Connections(profile), CommandTable(BUILT_IN_COMMANDS), out, notes)
        pair = profile.load_key()
        self.session.identities.add(Identity(name, pair.public, pair))

    def do(self, line: str) -> str:
        """Do a line; its data."""
        for stream in (self._out, self._notes):
            stream.seek(0)
            stream.truncate()
        try:
            self.portal.call(self.session.do, line)
        finally:
            self.notes = self._notes.getvalue()
        return self._out.getvalue()

    def interrupted(self, line: str, *, after: str) -> str:
        """Do a line, and interrupt it, as Ctrl-C does, when this can be read; its data."""
        return str(self.portal.call(self._interrupted, line, after))

    async def _interrupted(self, line: str, after: str) -> str:
        for stream in (self._out, self._notes):
            stream.seek(0)
            stream.truncate()
        doing = asyncio.create_task(self.session.do(line))
        async with asyncio.timeout(BOUND):
            while after not in self._out.getvalue() + self._notes.getvalue():
                await asyncio.sleep(0.01)
        doing.cancel()
        await asyncio.wait([doing])
        self.notes = self._notes.getvalue()
        return self._out.getvalue()

    def group(self, name: str) -> list[str]:
        """The long names in a group; none if there is no such group."""
        return [str(one.vessel) for one in self.session.targets.groups.get(name, [])]

    def known(self, target: str = "%all") -> list[Known]:
        """What the shell knows of a target."""
        return self.session.targets.resolve(target)

    def pretend(self, name: str) -> str:
        """Have the shell know a vessel that is not there, on the first one's node; its long name."""
        first = self.known()[0]
        vessel = replace(first.vessel, place=Place(first.vessel.node, name))
        self.session.targets.found(vessel, first.identity)
        return str(vessel)

    def file(self, name: str, content: str | bytes) -> Path:
        """A file on this computer."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.portal.call(self.session.close)
