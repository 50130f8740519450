"""A shell whose lines a test types, and whose words it reads."""

import asyncio
import io
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from anyio.from_thread import BlockingPortal
from rich.console import Console

from seattle.client import Place, write_profile
from seattle.client.profile import Profile
from seattle.fabric.authority import Authority, Role
from seattle.fabric.enrolment import enrol
from seattle.identity.keys import KeyPair
from seattle.shell.identities import Identity
from seattle.shell.opening import new_session
from seattle.shell.outcome import Outcome
from seattle.shell.targets import Known
from seattle.testbed import LocalTestbed

BOUND: Final = 30.0  # seconds; far more than anything takes


class ShellAt:
    """A session with one identity. `folder` is where the test keeps files.

    Attributes:
        notes: what stood beside the data of the last line.
        outcome: how that line ended.
    """

    def __init__(self, portal: BlockingPortal, profile: Profile, *, name: str, folder: Path) -> None:
        self.folder = folder
        self.notes = ""
        self.outcome = Outcome.DONE
        self.portal = portal
        self._out, self._notes = io.StringIO(), io.StringIO()
        out, notes = Console(file=self._out), Console(file=self._notes)
        self.session = new_session(profile, out=out, notes=notes)
        for identity in list(self.session.identities):
            self.session.identities.remove(identity.name)
        pair = profile.load_key()
        self.session.identities.add(Identity(name, pair.public, pair))

    def do(self, line: str) -> str:
        """Do a line; its data."""
        self._clear()
        try:
            self.outcome = self.portal.call(self.session.do, line)
        finally:
            self.notes = self._notes.getvalue()
        return self._out.getvalue()

    def interrupted(self, line: str, *, after: str) -> str:
        """Do a line, and interrupt it, as Ctrl-C does, when this can be read; its data."""
        doing = self.begin(line)
        self.portal.call(self.until, after)
        return self.stop(doing)

    def begin(self, line: str) -> "asyncio.Task[Outcome]":
        """Begin to do a line."""
        self._clear()
        return self.portal.call(self._begin, line)

    async def _begin(self, line: str) -> "asyncio.Task[Outcome]":
        return asyncio.create_task(self.session.do(line))

    async def until(self, text: str) -> None:
        """Return when this can be read."""
        async with asyncio.timeout(BOUND):
            while text not in self._out.getvalue() + self._notes.getvalue():  # noqa: ASYNC110 - a console tells nobody
                await asyncio.sleep(0.01)

    def stop(self, doing: "asyncio.Task[Outcome]") -> str:
        """Interrupt a line, as Ctrl-C does, and wait for its end; its data."""
        self.portal.call(self._stop, doing)
        self.notes = self._notes.getvalue()
        return self._out.getvalue()

    def use_terminal(self) -> None:
        """Have the words beside the data go to a terminal, which shows progress."""
        self.session.notes = Console(file=self._notes, force_terminal=True, width=100)

    async def _stop(self, doing: "asyncio.Task[Outcome]") -> None:
        doing.cancel()
        await asyncio.wait([doing])
        assert doing.cancelled()

    def _clear(self) -> None:
        for stream in (self._out, self._notes):
            stream.seek(0)
            stream.truncate()

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


def newcomer(portal: BlockingPortal, local: LocalTestbed, *, name: str, folder: Path) -> ShellAt:
    """A shell of somebody who is let in, and to whom no vessel belongs."""
    key = KeyPair.generate()
    authority = Authority.load(local.folder / "authority")
    credential = enrol(authority, key.public, role=Role.USER, now=time.time(), lifetime=timedelta(hours=1))
    profile = write_profile(folder / name, urls=local.profile.urls, key=key, credential=credential)
    return ShellAt(portal, profile, name=name, folder=folder)
