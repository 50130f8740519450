"""A command that somebody typed: its words, for whom and at what."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seattle.shell.errors import IdentityNeeded, TargetNeeded, Unfit
from seattle.shell.identities import Identity
from seattle.shell.local_files import path_of
from seattle.shell.syntax import Value
from seattle.shell.targets import Known

if TYPE_CHECKING:  # a session runs calls
    from seattle.shell.session import Session


@dataclass(frozen=True)
class Call:
    """One command to be done.

    Attributes:
        values: what the placeholders of its syntax are.
        identity_name: in whose name: that of `as` before it, or the default; None if neither is set.
        target_name: at what: that of `on` before it, or the default; None if neither is set.
    """

    session: "Session"
    values: Mapping[str, Value]
    identity_name: str | None
    target_name: str | None

    def text(self, name: str, default: str = "") -> str:
        """The word at a placeholder, or all words of one that takes many; `default` where it was left out."""
        value = self.values.get(name, default)
        return value if isinstance(value, str) else " ".join(value)

    def path(self, name: str, default: str = "") -> Path:
        """The file or folder at a placeholder; `~` is the home folder. Raises Unfit for a word that can name none."""
        return path_of(self.text(name, default))

    def remote(self, name: str, default: str = "") -> str:
        """The name of a file in vessels at a placeholder. Raises Unfit for an empty one."""
        if not (word := self.text(name, default)):
            raise Unfit("'' names no file in a vessel")
        return word

    def switch(self, name: str) -> bool:
        """Whether the word at a placeholder is `on`. Raises Unfit unless it is `on` or `off`."""
        match self.text(name).lower():
            case "on":
                return True
            case "off":
                return False
            case _:
                raise Unfit(f"{self.text(name)!r} is neither on nor off")

    def many(self, name: str) -> tuple[str, ...]:
        """The words at a placeholder that takes many; none where it was left out."""
        value = self.values.get(name, ())
        return (value,) if isinstance(value, str) else value

    @property
    def identity(self) -> Identity:
        """In whose name. Raises IdentityNeeded, NoSuchIdentity."""
        if self.identity_name is None:
            raise IdentityNeeded
        return self.session.identities.get(self.identity_name)

    @property
    def target(self) -> list[Known]:
        """At what. Raises TargetNeeded, NoSuchTarget."""
        if self.target_name is None:
            raise TargetNeeded
        return self.session.targets.resolve(self.target_name)
