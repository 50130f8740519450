"""Numbers that no other part of this program has got from here.

Missing: nothing.
"""

from itertools import count

_numbers = count(int(getruntime() % 1 * 2**32))


def get_id():
    """A number, another one for each call, in whichever thread. Other programs may get the same."""
    return next(_numbers)


uniqueid_getid = get_id
