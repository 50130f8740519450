"""Complex numbers in a tight loop."""


def escapes_after(point: complex, most: int) -> int:
    """Steps until it has escaped, or the most that we look at."""
    value = 0j
    for step in range(most):
        if abs(value) > 2.0:
            return step
        value = value * value + point
    return most


def run() -> int:
    """All steps together."""
    size = 100
    return sum(
        escapes_after(complex(-2.0 + 3.0 * column / size, -1.5 + 3.0 * row / size), 60)
        for row in range(size)
        for column in range(size)
    )
