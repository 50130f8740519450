"""Generators that feed each other, closures, and recursion."""

from collections.abc import Callable, Iterable, Iterator


def queens(size: int, row: int = 0, taken: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """All ways to put queens on a board so that none can take another."""
    if row == size:
        yield taken
        return
    for column in range(size):
        if all(column != other and abs(column - other) != row - at for at, other in enumerate(taken)):
            yield from queens(size, row + 1, (*taken, column))


def running_mean(values: Iterable[int]) -> Iterator[float]:
    """The mean of all so far."""
    total = 0
    for count, value in enumerate(values, 1):
        total += value
        yield total / count


def adder(step: int) -> Callable[[int], int]:
    """A function that adds."""
    return lambda value: value + step


def fibonacci(number: int) -> int:
    """The slow way."""
    return number if number < 2 else fibonacci(number - 1) + fibonacci(number - 2)


def run() -> float:
    """Something of each."""
    functions = [adder(step) for step in range(10)]
    values = (function(value) for value in range(4000) for function in functions)
    *_, mean = running_mean(values)
    return mean + sum(1 for _ in queens(6)) + fibonacci(18)
