"""Short lists, indexed and turned round: the most flips that any permutation of nine takes."""


def flips(order: list[int]) -> int:
    """How often the first so many have to be turned until the first is 0."""
    count = 0
    while first := order[0]:
        order[: first + 1] = order[first::-1]
        count += 1
    return count


def run() -> int:
    """The most of all permutations of so many numbers."""
    size = 8
    order = list(range(size))
    counts = [0] * size
    most = 0
    place = 1
    while place < size:
        if counts[place] < place:
            other = counts[place] if place % 2 else 0
            order[place], order[other] = order[other], order[place]
            if order[0]:
                most = max(most, flips(order.copy()))
            counts[place] += 1
            place = 1
        else:
            counts[place] = 0
            place += 1
    return most
