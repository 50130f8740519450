"""Many calls of a small function, in generator expressions: the norm of an infinite matrix, nearly."""

from math import sqrt


def entry(row: int, column: int) -> float:
    """Of the matrix."""
    return 1.0 / ((row + column) * (row + column + 1) // 2 + row + 1)


def times(vector: list[float]) -> list[float]:
    """The matrix times a vector."""
    return [sum(entry(row, column) * value for column, value in enumerate(vector)) for row in range(len(vector))]


def turned_times(vector: list[float]) -> list[float]:
    """The matrix, turned round, times a vector."""
    return [sum(entry(row, column) * value for row, value in enumerate(vector)) for column in range(len(vector))]


def run() -> float:
    """The norm."""
    one = [1.0] * 70
    for _ in range(3):
        other = turned_times(times(one))
        one = turned_times(times(other))
    return sqrt(sum(a * b for a, b in zip(one, other, strict=True)) / sum(b * b for b in other))
