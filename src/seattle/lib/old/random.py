"""The reference's random numbers, under its names: each is made of what `randombytes` gives.

`import random` is Python's module, which is quicker, and whose numbers can be repeated with a seed; `secrets` has
what nobody must guess. The reference filled up its bytes with copies of six of them; here each is a new one.
"""

_BITS = 53  # of a float
_left = []


def random_randombytes(num_bytes):
    """So many random bytes. What a call of `randombytes` gives beyond that is kept for the next time."""
    found = bytearray()
    while len(found) < num_bytes:
        try:
            found.append(_left.pop())  # one thread only gets it
        except IndexError:
            _left.extend(randombytes())
    return bytes(found)


def random_nbit_int(num_bits):
    """A number from 0 to 2**num_bits - 1. Raises ValueError for a negative number of bits."""
    if num_bits < 0:
        raise ValueError("a number of bits can't be negative")
    size = (num_bits + 7) // 8
    return int.from_bytes(random_randombytes(size), "big") >> 8 * size - num_bits


def random_int_below(upper_bound):
    """A number from 0 to upper_bound - 1, each as likely. Raises ValueError if there is none."""
    if upper_bound < 1:
        raise ValueError(f"there is no number from 0 to {upper_bound - 1}")
    bits = (upper_bound - 1).bit_length()
    while (found := random_nbit_int(bits)) >= upper_bound:
        pass
    return found


def randomfloat():
    """A number from 0 to 1, which is never 1."""
    return random_nbit_int(_BITS) / 2**_BITS


def random_randrange(start, stop=None, step=1):
    """One of the numbers of `range(start, stop, step)`. Raises ValueError if it has none."""
    numbers = range(start) if stop is None else range(start, stop, step)
    if not numbers:
        raise ValueError("there are no numbers in this range")
    return numbers[random_int_below(len(numbers))]


def random_randint(lower_bound, upper_bound):
    """A number from the lower to the upper bound, which may be either of them."""
    return random_randrange(lower_bound, upper_bound + 1)


def random_sample(population, k):
    """`k` of the items, each at most once. Raises ValueError if there are not so many."""
    items = list(population)
    if not 0 <= k <= len(items):
        raise ValueError(f"{k} of {len(items)} items can't be taken")
    random_shuffle(items)
    return items[:k]


def random_shuffle(items):
    """Put the items of a list in random order."""
    for at in range(len(items) - 1, 0, -1):
        other = random_int_below(at + 1)
        items[at], items[other] = items[other], items[at]
