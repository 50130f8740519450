"""A shell whose words are kept."""

from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from seattle.client import Profile
from seattle.shell.modules.manager import ModuleManager
from seattle.shell.opening import new_session
from seattle.shell.session import Session

WIDE = 1000  # columns

Install = Callable[..., Any]  # `install(name, code, package=..., called=...)`: a package with one module


@dataclass
class Shell:
    """A shell, and what it has said."""

    session: Session
    out: StringIO
    notes: StringIO

    @classmethod
    def of(cls, profile: Profile, folder: Path) -> "Shell":
        """A shell for a profile; it remembers in `folder` which modules are disabled."""
        out, notes = StringIO(), StringIO()
        session = new_session(profile, out=Console(file=out, width=WIDE), notes=Console(file=notes, width=WIDE))
        session.modules = ModuleManager(folder)
        return cls(session, out, notes)

    async def do(self, *lines: str) -> str:
        """Do lines; what they print."""
        before = len(self.out.getvalue())
        for line in lines:
            await self.session.do(line)
        return self.out.getvalue()[before:]

    @property
    def said(self) -> str:
        """All that was said beside the data."""
        return self.notes.getvalue()
