"""What can go wrong in the shell. The text is one line for people, `hint` says what to do.

ShellError
├── NotUnderstood     no command begins like this, or it goes on otherwise
├── Incomplete        a command that lacks something
├── NoSuchTarget      neither a vessel, a number nor a group
├── NoSuchIdentity    no key has this name
├── TargetNeeded      the command is for vessels, and none are chosen
├── IdentityNeeded    the command is in somebody's name, and none is chosen
├── StateBroken       what was saved can't be read
├── Unfit             what was given can't be used: a file, a number, a name
├── NotWaitedFor      whoever asked did not wait for the answer
└── StillRuns         a program has not ended in the time that was given
"""
# ruff: noqa: N818 - what went wrong is the name; the suffix is for bases, as elsewhere in the house

from typing import Final

from seattle.client.errors import ClientError
from seattle.fabric.errors import FabricError
from seattle.identity.errors import IdentityError


class ShellError(Exception):
    """Base of all errors of this package."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class NotUnderstood(ShellError):
    """No command begins like this, or it goes on otherwise."""


class Incomplete(ShellError):
    """A command that lacks something."""


class NoSuchTarget(ShellError):
    """Neither a vessel, a number nor a group."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no target {name!r}", hint="`show targets` lists them; `browse` finds vessels")


class NoSuchIdentity(ShellError):
    """No key has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"there is no identity {name!r}", hint="`show identities` lists them; `loadkeys FILE` adds one"
        )


class TargetNeeded(ShellError):
    """The command is for vessels, and none are chosen."""

    def __init__(self) -> None:
        super().__init__(
            "this command needs a target", hint="choose one with `on TARGET`, or write `on TARGET COMMAND`"
        )


class IdentityNeeded(ShellError):
    """The command is in somebody's name, and none is chosen."""

    def __init__(self) -> None:
        super().__init__(
            "this command needs an identity",
            hint="choose one with `as NAME`; `show identities` lists them, and `loadkeys FILE` adds one",
        )


class StateBroken(ShellError):
    """What was saved can't be read."""


class Unfit(ShellError):
    """What was given can't be used: a file, a number, a name."""


class NotWaitedFor(ShellError):
    """Whoever asked did not wait for the answer."""

    code = "not-waited-for"

    def __init__(self) -> None:
        super().__init__("interrupted before an answer came: whether it was done is not known")


class StillRuns(ShellError):
    """A program has not ended in the time that was given."""

    code = "still-runs"

    def __init__(self) -> None:
        super().__init__("it still runs")


def in_words(error: Exception) -> str:
    """What an error says to people: of the system's own, the file and what is the matter with it, without a number."""
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)


EXPECTED: Final = (ShellError, ClientError, FabricError, IdentityError, OSError)  # what a line may end in
