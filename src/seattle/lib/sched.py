"""Calls at set times, as in Python's `sched`: `scheduler.run` makes them, one after another, in the thread it runs in.

Missing: nothing.
"""

import heapq
import time
from collections import namedtuple
from itertools import count
from threading import RLock

_fields = "time priority sequence action argument kwargs"


class Event(namedtuple("Event", _fields)):  # noqa: PYI024, SLOT002 - as Python's
    """A call that is to be made: `action(*argument, **kwargs)`."""


class scheduler:
    """Calls, in the order of their times. `timefunc` tells the time, `delayfunc` waits for so long."""

    def __init__(self, timefunc=time.monotonic, delayfunc=time.sleep):
        self.timefunc, self.delayfunc = timefunc, delayfunc
        self._events = []
        self._numbers = count()
        self._lock = RLock()

    def enterabs(self, time, priority, action, argument=(), kwargs=None):
        """Have a call made at a time; the lower `priority` comes first among those of one time. Returns the Event."""
        event = Event(time, priority, next(self._numbers), action, argument, kwargs or {})
        with self._lock:
            heapq.heappush(self._events, event)
        return event

    def enter(self, delay, priority, action, argument=(), kwargs=None):
        """Have a call made after so long; otherwise as `enterabs`."""
        return self.enterabs(self.timefunc() + delay, priority, action, argument, kwargs)

    def cancel(self, event):
        """Have a call not made. Raises ValueError if it was made, or cancelled before."""
        with self._lock:
            self._events.remove(event)
            heapq.heapify(self._events)

    def empty(self):
        """Whether there is nothing to do."""
        return not self._events

    def run(self, blocking=True):
        """Make all calls, each at its time.

        With `blocking` False: those whose time has come; returns how many seconds the next one has still to wait.
        """
        while True:
            with self._lock:
                if not self._events:
                    return None
                event = self._events[0]
                left = event.time - self.timefunc()
                if left <= 0:
                    heapq.heappop(self._events)
            if left > 0:
                if not blocking:
                    return left
                self.delayfunc(left)
            else:
                event.action(*event.argument, **event.kwargs)
                self.delayfunc(0)  # others may go first

    @property
    def queue(self):
        """What is to be done, in order."""
        with self._lock:
            return sorted(self._events)
