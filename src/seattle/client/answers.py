"""What programs have answered, when each of many inputs was given to one run of a program."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, Self, TypeVar, overload

from seattle.client.errors import InputsFailed
from seattle.client.html import table
from seattle.client.outcomes import in_words, went_well
from seattle.client.places import Place
from seattle.client.results import Failure
from seattle.client.wording import outcome_in_words
from seattle.fabric.node_api import RunOutcome

I_co = TypeVar("I_co", covariant=True)


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """What came of a run on one vessel."""

    outcome: RunOutcome
    output: str = ""  # what it wrote to its log; the newest of it, if that was very much
    missed: int = 0  # bytes that it wrote before that, and that are lost
    file: bytes | None = None  # the file that was asked for; None if there is none

    def __str__(self) -> str:
        return f"{outcome_in_words(self.outcome)}: {self.output}"


@dataclass(frozen=True, kw_only=True)
class Answer(Generic[I_co]):
    """What came of one input."""

    index: int  # among the inputs, from 0
    input: I_co
    end: RunOutcome | Failure  # of the last try
    vessel: Place | None = None  # on which it was tried last; None if there was none to try it on
    tries: int = 0
    output: str = ""  # what the program wrote
    missed: int = 0  # bytes before that, which are lost
    file: bytes | None = field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        """Whether the program came to its end and said that all is well."""
        return went_well(self.end)

    def __str__(self) -> str:
        return f"input {self.index}: {in_words(self.end)}"


class Answers(Sequence[Answer[I_co]]):
    """One answer for each input, in the order of the inputs; also where it failed."""

    def __init__(self, answers: Sequence[Answer[I_co]]) -> None:
        self._answers = tuple(answers)

    @property
    def ok(self) -> tuple[Answer[I_co], ...]:
        """Where it went well."""
        return tuple(one for one in self._answers if one.ok)

    @property
    def failed(self) -> tuple[Answer[I_co], ...]:
        """Where it did not."""
        return tuple(one for one in self._answers if not one.ok)

    @property
    def outputs(self) -> tuple[str, ...]:
        """What the programs wrote, where it went well."""
        return tuple(one.output for one in self.ok)

    def raise_for_failures(self) -> Self:
        """Return these answers if all are good. Raises InputsFailed otherwise."""
        if self.failed:
            raise InputsFailed([str(one) for one in self.failed], of=len(self))
        return self

    def __len__(self) -> int:
        return len(self._answers)

    @overload
    def __getitem__(self, index: int) -> Answer[I_co]: ...

    @overload
    def __getitem__(self, index: slice) -> "Answers[I_co]": ...

    def __getitem__(self, index: int | slice) -> "Answer[I_co] | Answers[I_co]":
        return Answers(self._answers[index]) if isinstance(index, slice) else self._answers[index]

    def _repr_html_(self) -> str:
        rows = [(one.input, in_words(one.end), one.vessel, one.output) for one in self]
        told = f"{len(self.ok)} ok, {len(self.failed)} failed"
        return table(told, ("input", "end", "vessel", "output"), rows, of=len(self))

    def __repr__(self) -> str:
        return f"<Answers: {len(self.ok)} ok, {len(self.failed)} failed>"
