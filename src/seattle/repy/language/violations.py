"""What the checker found, and the error that carries it.

CodeUnsafe (Exception)    program text that was refused; holds every violation
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One place where program text breaks one rule. Lines and columns count from 1, columns in characters."""

    line: int
    column: int
    code: str
    message: str
    instead: str = ""

    def describe(self, filename: str) -> str:
        """Text for people: `file:line:col: RP012 message (write X instead)`."""
        advice = f" (write {self.instead} instead)" if self.instead else ""
        return f"{filename}:{self.line}:{self.column}: {self.code} {self.message}{advice}"


class CodeUnsafe(Exception):  # noqa: N818 - named after the CodeUnsafeError that programs see; this one is not theirs
    """Program text was refused. `violations` is never empty and is sorted by place."""

    code = "code-unsafe"

    def __init__(self, filename: str, violations: Sequence[Violation]) -> None:
        self.filename = filename
        self.violations = tuple(violations)
        super().__init__("\n".join(violation.describe(filename) for violation in self.violations))
