"""What came of one thing asked of many vessels: for each, in their order, a Success or a Failure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Self, TypeVar, overload

from seattle.client.errors import VesselsFailed
from seattle.client.html import table
from seattle.client.places import Place
from seattle.fabric.errors import NoAnswer, NobodyThere

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Success(Generic[T_co]):
    """It worked on this vessel, and this is what it answered."""

    vessel: Place
    value: T_co


@dataclass(frozen=True)
class Failure:
    """It did not work on this vessel; `code` is for programs, `message` for people."""

    vessel: Place
    code: str
    message: str
    error: Exception = field(repr=False, compare=False)

    @classmethod
    def of(cls, vessel: Place, error: Exception) -> Self:
        """The failure that this error is."""
        code = getattr(error, "code", None)  # the families of fabric, identity and client have one
        return cls(vessel, code if isinstance(code, str) else "failed", _in_words(error), error)


class Results(Sequence[Success[T_co] | Failure]):
    """Successes and failures, in the order of the vessels.

    ::

        for failure in vessels.upload("ping.py").failed:
            print(failure.vessel, failure.message)
    """

    def __init__(self, results: Sequence[Success[T_co] | Failure]) -> None:
        self._results = tuple(results)

    @property
    def ok(self) -> tuple[Success[T_co], ...]:
        """Where it worked."""
        return tuple(one for one in self._results if isinstance(one, Success))

    @property
    def failed(self) -> tuple[Failure, ...]:
        """Where it did not."""
        return tuple(one for one in self._results if isinstance(one, Failure))

    @property
    def values(self) -> tuple[T_co, ...]:
        """What was answered where it worked."""
        return tuple(one.value for one in self.ok)

    def raise_for_failures(self) -> Self:
        """Return these results if all are good. Raises VesselsFailed otherwise."""
        if self.failed:
            raise VesselsFailed(self.failed, of=len(self)) from self.failed[0].error
        return self

    def __len__(self) -> int:
        return len(self._results)

    def __iter__(self) -> Iterator[Success[T_co] | Failure]:
        return iter(self._results)

    @overload
    def __getitem__(self, index: int) -> Success[T_co] | Failure: ...

    @overload
    def __getitem__(self, index: slice) -> "Results[T_co]": ...

    def __getitem__(self, index: int | slice) -> "Success[T_co] | Failure | Results[T_co]":
        return Results(self._results[index]) if isinstance(index, slice) else self._results[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Results) and self._results == other._results

    def __hash__(self) -> int:
        return hash(self._results)

    def __repr__(self) -> str:
        return f"<Results: {len(self.ok)} ok, {len(self.failed)} failed>"

    def _repr_html_(self) -> str:
        rows = [
            (one.vessel, "failed", one.message) if isinstance(one, Failure) else (one.vessel, "ok", one.value)
            for one in self
        ]
        told = f"{len(self.ok)} ok, {len(self.failed)} failed"
        return table(told, ("vessel", "", "what came of it"), rows, of=len(self))


def _in_words(error: Exception) -> str:
    match error:  # the fabric speaks of subjects; whoever asked knows of vessels
        case NobodyThere():
            return "the node is offline"
        case NoAnswer():
            return "the node does not answer"
        case _:
            return str(error) or type(error).__name__
