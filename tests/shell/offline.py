"""A shell without a testbed: for all that it does by itself."""

import asyncio
from collections.abc import Awaitable, Callable
from io import StringIO
from pathlib import Path

from rich.console import Console

from seattle.client import Place, ProfileError, Vessel
from seattle.identity.keys import KeyPair
from seattle.shell.errors import ShellError
from seattle.shell.identities import Identity
from seattle.shell.opening import new_session

NO_PROFILE = "there is no profile here"


async def no_passphrase(what: str) -> bytes:
    raise AssertionError(f"a passphrase was asked for, of {what}")


class OfflineShell:
    """A session whose lines a test does; `notes` is what stood beside the data of the last."""

    def __init__(self, *, ask: Callable[[str], Awaitable[bytes]] = no_passphrase) -> None:
        self.notes = ""
        self._out, self._notes = StringIO(), StringIO()
        out, notes = Console(file=self._out, width=200), Console(file=self._notes, width=200)
        self.session = new_session(ProfileError(NO_PROFILE), out=out, notes=notes, ask=ask)

    def do(self, *lines: str) -> str:
        """Do lines; what they showed."""
        before, noted = len(self._out.getvalue()), len(self._notes.getvalue())
        try:
            for line in lines:
                asyncio.run(self._do(line))
        finally:
            self.notes = self._notes.getvalue()[noted:]
        return self._out.getvalue()[before:]

    @property
    def all_notes(self) -> str:
        """All that stood beside the data, from the beginning."""
        return self._notes.getvalue()

    def refusal(self, line: str) -> tuple[str, str]:
        """Do a line that can't be done; the error and the hint."""
        try:
            self.do(line)
        except ShellError as why:
            return str(why), why.hint
        raise AssertionError(f"`{line}` was done")

    def knows(self, *names: str) -> KeyPair:
        """Have identities of these names; the key of the last."""
        for name in names:
            pair = KeyPair.generate()
            self.session.identities.add(Identity(name, pair.public, pair))
        return pair

    def finds(self, count: int, identity: str = "joe") -> list[Place]:
        """Have found so many more vessels; their names."""
        places = [Place(KeyPair.generate().id, "v1") for _ in range(count)]
        for place in places:
            self.session.targets.found(Vessel(place=place), identity)
        return places

    def group(self, name: str) -> list[int]:
        """The numbers of the vessels in a group."""
        return [one.number for one in self.session.targets.resolve(name)]

    async def _do(self, line: str) -> None:
        await self.session.do(line)


def mode_of(path: Path) -> int:
    """Who may do what with a file."""
    return path.stat().st_mode & 0o777
