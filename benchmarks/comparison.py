"""What a benchmark reports, and how two things are measured fairly side by side."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    """One row: ours, the peer's, and what we aim at."""

    name: str
    ours: float
    peer: float | None  # None: the target is absolute
    unit: str
    target: float  # of the ratio ours/peer, or of ours where there is no peer
    peer_name: str = ""

    @property
    def measured(self) -> float:
        """The figure that is held against the target."""
        return self.ours if self.peer is None else self.ours / self.peer

    @property
    def reached(self) -> bool:
        """Whether the target is met; smaller is better in all rows."""
        return self.measured <= self.target


def side_by_side(
    ours: Callable[[], float], peer: Callable[[], float], *, rounds: int
) -> tuple[list[float], list[float]]:
    """Both by turns, so that whatever else the machine does hits both alike. The first round only warms up."""
    ours(), peer()
    pairs = [(ours(), peer()) for _ in range(rounds)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def median(values: list[float]) -> float:
    """The middle one."""
    return statistics.median(values)
