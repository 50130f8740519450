"""Things that are loaded once, by the first thread that wants them, and may want each other while they load."""

import threading
from _thread import get_ident
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class _Entry(Generic[V]):
    __slots__ = ("is_loaded", "owner", "value")

    def __init__(self, value: V, owner: int) -> None:
        self.value = value
        self.owner = owner  # number of the thread that loads it
        self.is_loaded = False


class Loading(Generic[V]):
    """What was loaded, and what is being loaded just now."""

    def __init__(self) -> None:
        self._entries: dict[Hashable, _Entry[V]] = {}
        self._waiting: dict[int, _Entry[V]] = {}  # by thread: what it waits for
        self._changed = threading.Condition(threading.Lock())

    def get(self, key: Hashable, make: Callable[[], V], fill: Callable[[V], None]) -> V:
        """What `make` made and `fill` filled. Another thread waits until it is filled.

        In a cycle, within a thread or across threads, the one that closes it gets what is there so far. If `fill`
        raises, what was made is forgotten, and the next one tries anew.
        """
        me = get_ident()
        with self._changed:
            while (entry := self._entries.get(key)) is not None:
                if entry.is_loaded or self._waits_for(entry, me):
                    return entry.value
                self._waiting[me] = entry
                try:
                    self._changed.wait()
                finally:
                    del self._waiting[me]
            entry = self._entries[key] = _Entry(make(), me)
        try:
            fill(entry.value)
        except BaseException:
            with self._changed:
                del self._entries[key]
                self._changed.notify_all()
            raise
        with self._changed:
            entry.is_loaded = True
            self._changed.notify_all()
        return entry.value

    def _waits_for(self, entry: _Entry[V], me: int) -> bool:
        """Whether this entry can't be loaded before I go on."""
        owner = entry.owner
        while owner != me:
            if owner not in self._waiting:
                return False
            owner = self._waiting[owner].owner
        return True
