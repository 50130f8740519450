"""Python's `selectors` over `select`: what waits for many sockets in one loop. All of its selectors are the same here.

Missing: `DevpollSelector` and `KqueueSelector`, which Linux has not either.
"""

from collections import namedtuple
from collections.abc import Mapping
from select import select

EVENT_READ, EVENT_WRITE = 1, 2

SelectorKey = namedtuple("SelectorKey", "fileobj fd events data")  # noqa: PYI024 - as Python's


class _Keys(Mapping):
    """The keys of a selector, by the sockets that were registered or their numbers."""

    def __init__(self, by_number):
        self._by_number = by_number

    def __len__(self):
        return len(self._by_number)

    def __getitem__(self, fileobj):
        try:
            return self._by_number[_number_of(fileobj, self._by_number)]
        except (KeyError, ValueError):
            raise KeyError(f"{fileobj!r} is not registered") from None

    def __iter__(self):
        return iter(self._by_number)


class DefaultSelector:
    """Sockets that are registered for what they are waited for, with any data. `with` closes it."""

    def __init__(self):
        self._keys = {}
        self._map = _Keys(self._keys)

    def register(self, fileobj, events, data=None):
        """Wait for this one, too, and return its key.

        Raises ValueError for events that there are not and what is no socket, KeyError if it is registered already.
        """
        _check_events(events)
        number = _number_of(fileobj, {})
        if number in self._keys:
            raise KeyError(f"{fileobj!r} (FD {number}) is already registered")
        key = self._keys[number] = SelectorKey(fileobj, number, events, data)
        return key

    def unregister(self, fileobj):
        """Wait for it no more, and return its key. Raises KeyError if it is not registered."""
        return self._keys.pop(self.get_key(fileobj).fd)

    def modify(self, fileobj, events, data=None):
        """Wait for something else, with other data, and return the new key. Raises KeyError as `unregister`."""
        _check_events(events)
        key = self.get_key(fileobj)._replace(events=events, data=data)
        self._keys[key.fd] = key
        return key

    def select(self, timeout=None):
        """Wait for at most `timeout` seconds, and return a list of `(key, events)`; 0 or less does not wait."""
        keys = list(self._keys.values())
        reading = [key.fd for key in keys if key.events & EVENT_READ]
        writing = [key.fd for key in keys if key.events & EVENT_WRITE]
        read, write, _ = map(set, select(reading, writing, [], None if timeout is None else max(timeout, 0)))
        ready = [(key, EVENT_READ * (key.fd in read) | EVENT_WRITE * (key.fd in write)) for key in keys]
        return [(key, events) for key, events in ready if events]

    def get_key(self, fileobj):
        """The key of a socket. Raises KeyError if it is not registered, RuntimeError if the selector is closed."""
        if self._map is None:
            raise RuntimeError("Selector is closed")
        return self._map[fileobj]

    def get_map(self):
        """The keys by socket or number; None if the selector is closed."""
        return self._map

    def close(self):
        """Wait for nothing more."""
        self._keys.clear()
        self._map = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


BaseSelector = SelectSelector = PollSelector = EpollSelector = DefaultSelector


def _check_events(events):
    if not events or events & ~(EVENT_READ | EVENT_WRITE):
        raise ValueError(f"Invalid events: {events!r}")


def _number_of(fileobj, keys):
    """The number of a socket; where it is closed, the one that it was registered with."""
    if isinstance(fileobj, int):
        number = fileobj
    elif hasattr(fileobj, "fileno"):
        number = int(fileobj.fileno())
    else:
        raise ValueError(f"Invalid file object: {fileobj!r}")
    if number < 0:
        number = next((key.fd for key in keys.values() if key.fileobj is fileobj), number)
    if number < 0:
        raise ValueError(f"Invalid file descriptor: {number}")
    return number
