"""Dictionaries, sets and sorting: what most programs do most of the time."""


def numbers(count: int) -> list[int]:
    """The same ones each time, in no order."""
    value, found = 12345, []
    for _ in range(count):
        value = (value * 1103515245 + 12345) % (1 << 31)
        found.append(value)
    return found


def run() -> int:
    """Something of all of it."""
    values = numbers(40_000)
    groups: dict[int, list[int]] = {}
    for value in values:
        groups.setdefault(value % 997, []).append(value)
    ranked = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    seen = set(values[::2])
    both = seen & {value for group in groups.values() for value in group if value % 3 == 0}
    squares = {value: value * value for value in both}
    return len(ranked) + sum(1 for value in values if value in squares) + max(map(max, groups.values())) % 1000
