"""A shell whose words are kept."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from seattle.client import Profile, Vessel
from seattle.shell.modules.manager import ModuleManager
from seattle.shell.opening import new_session
from seattle.shell.session import Session

BOUND = 20  # seconds; far more than anything takes
WIDE = 1000  # columns
SEASH = [sys.executable, "-c", "from seattle.shell import main; raise SystemExit(main())"]

Install = Callable[..., Any]  # `install(name, code, package=..., called=...)`: a package with one module


@dataclass
class Shell:
    """A shell, and what it has said. `folder` is the test's."""

    session: Session
    out: StringIO
    notes: StringIO
    folder: Path

    @classmethod
    def of(cls, profile: Profile, folder: Path) -> "Shell":
        """A shell for a profile; it remembers in `folder/disabled` which modules are disabled."""
        out, notes = StringIO(), StringIO()
        session = new_session(profile, out=Console(file=out, width=WIDE), notes=Console(file=notes, width=WIDE))
        session.modules = ModuleManager(folder / "disabled")
        return cls(session, out, notes, folder)

    async def do(self, *lines: str) -> str:
        """Do lines; what they print."""
        before = len(self.out.getvalue())
        for line in lines:
            await self.session.do(line)
        return self.out.getvalue()[before:]

    async def find(self, count: int) -> None:
        """Browse until so many vessels are known: a node serves before the directory has heard of all of them."""
        async with asyncio.timeout(BOUND):
            while len(self.session.targets) < count:
                await self.do("browse")

    def knows(self, vessel: Vessel) -> None:
        """Have it know a vessel."""
        self.session.targets.found(vessel, "profile")

    def hears(self, words: str, event: asyncio.Event) -> None:
        """Have the event set as soon as these words are said beside the data."""
        notes = self.notes

        class Heard(StringIO):
            def write(self, text: str) -> int:
                if words in text:
                    event.set()
                return notes.write(text)

        self.session.notes = Console(file=Heard(), width=WIDE)

    def group(self, name: str) -> list[str]:
        """The numbers of the vessels in a group."""
        return [f"%{one.number}" for one in self.session.targets.groups[name]]

    @property
    def said(self) -> str:
        """All that was said beside the data."""
        return self.notes.getvalue()
