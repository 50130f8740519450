"""What time it is by servers that were asked, not by the computer that the program runs on.

    import ntp_time, time_interface

    time_interface.update()
    print(time_interface.get_unix_time())

A method (`ntp_time`, `tcp_time`, or a program's own) asks somebody; from then on the time goes on by `getruntime`,
which nobody can turn back. Importing a method's module registers it. `time.time()` is the computer's own clock, which
may be wrong.
"""

SECONDS_1900_TO_1970 = 2208988800

_methods = {}  # functions, by name
_known = {}  # `offset`: seconds between 1900 and the start of the program


class TimeError(Exception):
    """Nobody could tell the time."""


def register_method(name, update_function):
    """Have `update` call a function, with a local port or None; it calls `set_time`, or raises an exception."""
    _methods[name] = update_function


def update(localport=None):
    """Ask for the time, by the methods in the order of their registration until one succeeds.

    `localport` is one of the vessel's ports, or None for any. Raises TimeError, which says why each of them failed.
    """
    failures = []
    for name, method in _methods.items():
        try:
            method(localport)
        except (TimeError, RepyException, OSError, ValueError) as why:
            failures.append(f"{name}: {why}")
        else:
            return
    raise TimeError("; ".join(failures) or "no method is registered: import ntp_time or tcp_time")


def set_time(seconds):
    """Say what time it is: seconds since 1900."""
    _known["offset"] = seconds - getruntime()


def get_time():
    """The seconds since 1900. Raises TimeError if nobody has been asked yet."""
    if not _known:
        raise TimeError("nobody has been asked for the time yet: call update")
    return _known["offset"] + getruntime()


def get_unix_time():
    """The seconds since 1970. Raises TimeError if nobody has been asked yet."""
    return get_time() - SECONDS_1900_TO_1970


time_register_method = register_method
time_updatetime = update
time_settime = set_time
time_gettime = get_time
time_getunixtime = get_unix_time
