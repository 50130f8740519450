"""librepy's random numbers, which nobody can guess. `random` and `secrets` are Python's.

Missing: nothing.
"""

import secrets


def randomint():
    """A number of 31 bits."""
    return secrets.randbits(31)


def randomlong():
    """A number of 64 bits."""
    return secrets.randbits(64)


def randomfloat():
    """A number from 0 up to, but not, 1."""
    return secrets.randbits(53) / 2**53


def randomstring(n=4):
    """So many random bytes."""
    return secrets.token_bytes(n)
