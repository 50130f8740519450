"""How a run ended: every run has exactly one recorded outcome."""

from enum import StrEnum
from typing import NamedTuple


class OutcomeKind(StrEnum):
    """The closed set of ways in which a run can end. `Outcome.detail` says more, in the words given here."""

    EXITED = "exited"  # detail: the exit code, "0" unless the program chose another
    EXCEPTION = "exception"  # the traceback
    UNSAFE = "unsafe"  # the checker's findings, a line each
    STOPPED = "stopped"  # by whom
    KILLED = "killed"  # which resource, and by how much it was overdrawn
    VIOLATION = "violation"  # what broke the sandbox's protocol or a layer's contract, or why the walls did not stand
    CRASHED = "crashed"  # the signal that ended the interpreter


EXIT_CODES = {
    OutcomeKind.EXITED: 0,
    OutcomeKind.EXCEPTION: 1,
    OutcomeKind.UNSAFE: 4,
    OutcomeKind.KILLED: 5,
    OutcomeKind.STOPPED: 6,
    OutcomeKind.VIOLATION: 7,
    OutcomeKind.CRASHED: 7,
}


class Outcome(NamedTuple):
    """One ended run."""

    kind: OutcomeKind
    detail: str = ""

    @property
    def exit_code(self) -> int:
        """What `repy` returns to its caller: a program that exits with a code of its own other than 0 has failed."""
        if self.kind is OutcomeKind.EXITED and self.detail not in ("", "0"):
            return 1
        return EXIT_CODES[self.kind]

    def __str__(self) -> str:
        first_line = self.detail.strip().rpartition("\n")[2]
        return f"{self.kind.value}({first_line})" if first_line else self.kind.value
