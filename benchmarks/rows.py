"""What a benchmark reports: a figure of ours, a peer's beside it where there is one, and what we aim at."""

from dataclasses import dataclass
from typing import NamedTuple


class Target(NamedTuple):
    """What a row should come to. Make one with the functions below."""

    value: float
    at_most: bool
    of_ratio: bool  # ours / peer, or else ours alone

    def __str__(self) -> str:
        return f"{'<=' if self.at_most else '>='} {self.value:g}{'x' if self.of_ratio else ''}"


def at_most(value: float) -> Target:
    """Ours, in the row's unit."""
    return Target(value, at_most=True, of_ratio=False)


def at_least(value: float) -> Target:
    """Ours, in the row's unit."""
    return Target(value, at_most=False, of_ratio=False)


def at_most_times(ratio: float) -> Target:
    """Ours over the peer's."""
    return Target(ratio, at_most=True, of_ratio=True)


def at_least_times(ratio: float) -> Target:
    """Ours over the peer's."""
    return Target(ratio, at_most=False, of_ratio=True)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    name: str
    unit: str
    ours: float | None  # None: it can't be measured here; the note says why
    peer: float | None = None
    peer_name: str = ""
    target: Target | None = None  # None: for information
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours over the peer's, where both are known."""
        return None if self.ours is None or self.peer is None else self.ours / self.peer

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none or nothing to hold against it."""
        if self.target is None:
            return None
        measured = self.ratio if self.target.of_ratio else self.ours
        if measured is None:
            return None
        return measured <= self.target.value if self.target.at_most else measured >= self.target.value
