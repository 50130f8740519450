"""What a module is made of."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from seattle.shell.command_table import Command
from seattle.shell.extensions import Extension

if TYPE_CHECKING:  # a session has modules
    from seattle.shell.session import Session

Hook: TypeAlias = Callable[["Session"], Awaitable[None]]


async def nothing(session: "Session") -> None:
    """Do nothing: of a module that has nothing to begin or to end."""


@dataclass(frozen=True, kw_only=True)
class Module:
    """One module. What it remembers in a shell is in that session's `kept`, by the module's name.

    Attributes:
        summary: one line, for the list of modules.
        details: paragraphs, for `modulehelp`.
        commands: as the shell's own are; whose they are is noted when the module is enabled.
        extension: changes lines, and completes words, while the module is enabled.
        start: is awaited when the module is enabled, also at the start of the shell.
        stop: is awaited when it is disabled, and at the shell's end.
    """

    summary: str
    details: str = ""
    commands: Sequence[Command] = ()
    extension: Extension = field(default_factory=Extension)
    start: Hook = nothing
    stop: Hook = nothing

    def __post_init__(self) -> None:
        """Raise TypeError for what others could trip over later: types of packages of others are not checked."""
        texts, commands = (self.summary, self.details), tuple(self.commands)
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("summary and details must be texts")
        if not all(isinstance(command, Command) for command in commands):
            raise TypeError("commands must be of the type Command")
        if not isinstance(self.extension, Extension):
            raise TypeError("extension must be of the type Extension")
