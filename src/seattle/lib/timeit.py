"""How long small pieces of code take, as in Python's `timeit`.

What is measured is a function, or text, which runs as a namespace of its own with the names in `globals`.

Missing: the command line; `globals` is None or a dict, and text sees no API calls but those in it.
"""

import time
from itertools import repeat as _repeat

default_timer = time.perf_counter
default_number = 1_000_000
default_repeat = 5


class Timer:
    """Measures `stmt`, after `setup` was done once."""

    def __init__(self, stmt="pass", setup="pass", timer=default_timer, globals=None):
        self.timer = timer
        self._globals = globals or {}
        self._stmt, self._setup = stmt, setup

    def timeit(self, number=default_number):
        """Seconds that `number` runs take together."""
        measure = self._prepared()
        times = _repeat(None, number)
        start = self.timer()
        measure(times)
        return self.timer() - start

    def repeat(self, repeat=default_repeat, number=default_number):
        """What `timeit` says, so many times; a list."""
        return [self.timeit(number) for _ in range(repeat)]

    def autorange(self, callback=None):
        """As many runs as take 0.2 seconds; returns their number and how long they took."""
        scale = 1
        while True:
            for factor in (1, 2, 5):
                taken = self.timeit(number := scale * factor)
                if callback:
                    callback(number, taken)
                if taken >= 0.2:
                    return number, taken
            scale *= 10

    def _prepared(self):
        if callable(self._setup):
            self._setup()
        if callable(self._stmt):
            return self._call
        setup = "" if callable(self._setup) else self._setup
        inner = self._stmt.replace("\n", "\n        ")
        text = f"{setup}\ndef measure(times):\n    for _ in times:\n        {inner}\n"
        return createvirtualnamespace(text, "timeit").evaluate(SafeDict(self._globals))["measure"]

    def _call(self, times):
        stmt = self._stmt
        for _ in times:
            stmt()


def timeit(stmt="pass", setup="pass", timer=default_timer, number=default_number, globals=None):
    """Seconds that `number` runs take together."""
    return Timer(stmt, setup, timer, globals).timeit(number)


def repeat(stmt="pass", setup="pass", timer=default_timer, repeat=default_repeat, number=default_number, globals=None):
    """What `timeit` says, so many times; a list."""
    return Timer(stmt, setup, timer, globals).repeat(repeat, number)
