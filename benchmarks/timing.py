"""Measuring several things fairly beside each other."""

from collections.abc import Callable, Iterable
from statistics import median, quantiles

__all__ = ["by_turns", "median", "percentile"]


def by_turns(*measure: Callable[[], float], rounds: int) -> list[list[float]]:
    """Each in every round, so that whatever else the machine does hits all alike. One round before only warms up."""
    for one in measure:
        one()
    results = [[one() for one in measure] for _ in range(rounds)]
    return [list(column) for column in zip(*results, strict=True)]


def percentile(values: Iterable[float], percent: int) -> float:
    """The value that `percent` of all do not exceed."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]
