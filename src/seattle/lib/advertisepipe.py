"""Announcements that are repeated for as long as they hold.

    import advertisepipe

    handle = advertisepipe.add_to_pipe("experiment", "192.0.2.9:63100")
    ...
    advertisepipe.remove_from_pipe(handle)

One thread repeats all of them, every two minutes; it does not keep the program going. What is removed is found for four
minutes yet. `last_error()` tells what went wrong last.

Missing: `mycontext["advertisepipe_last_error"]`, since a module's `mycontext` is its own: call `last_error`.
"""

from itertools import count

import advertise
from affix.announcing import Announcements

_pipe = Announcements(advertise.announce)
_held = {}  # key and value, by handle
_handles = count(1)
_changing = createlock()


def add_to_pipe(key, value):
    """Announce a value under a key now, and again and again; return a handle for `remove_from_pipe`.

    The same pair added twice is announced once, until both handles are removed. It is no error when it can't be
    announced now: it is tried again after some seconds.
    """
    pair = str(key), str(value)
    with _changing:
        handle = next(_handles)
        is_new = pair not in _held.values()
        _held[handle] = pair
    if is_new:
        _pipe.add(*pair)
    return handle


def remove_from_pipe(handle):
    """Announce it no more; nothing happens if it is not announced."""
    with _changing:
        pair = _held.pop(handle, None)
        is_last = pair is not None and pair not in _held.values()
    if is_last:
        _pipe.remove(*pair)


def own_values(key):
    """What this program itself announces under a key."""
    with _changing:
        return list(dict.fromkeys(value for name, value in _held.values() if name == str(key)))


def last_error():
    """Why the last announcement failed, a text; None when all is well."""
    return _pipe.trouble


advertisepipe_add_to_pipe = add_to_pipe
advertisepipe_remove_from_pipe = remove_from_pipe
