"""The reference's mathematics, under its names. Python's `math` does the work, and has more.

`math_log` is as exact as the computer's, and has no use for its `epsilon`.
"""

import math

math_e = math.e
math_pi = math.pi


def math_ceil(x):
    """The least whole number that is not less than x, as a float."""
    return float(math.ceil(x))


def math_floor(x):
    """The greatest whole number that is not more than x, as a float."""
    return float(math.floor(x))


def math_log(X, base=math_e, epsilon=1e-16):
    """The logarithm of X. Raises ValueError for an X of 0 or less, ZeroDivisionError for base 1."""
    return math.log(X, base)
