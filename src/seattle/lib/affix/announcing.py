"""What is announced again and again, for as long as it is true."""

import threading

_LIVES = 240  # seconds that an announcement lives without being repeated
_AGAIN = 120  # seconds after which it is repeated
_AFTER_FAILURE = 5  # seconds after which one that failed is tried again


class Announcements:
    """Announcements of one program. A thread repeats them, which does not keep the program going.

    `announce(key, value, seconds)` makes one. Why the last one failed is in `trouble` (text; None when all is well).
    """

    def __init__(self, announce):
        self.trouble = None
        self._announce = announce
        self._due = {}  # runtime, by key and value
        self._changed = threading.Event()
        self._lock = createlock()
        self._thread = None

    def add(self, key, value):
        """Announce a value, at once and from now on. Raises RepyArgumentError if it is none that can be announced."""
        with self._lock:
            self._due[key, value] = 0.0
        try:
            self._announce_due()
        except BaseException:
            self.remove(key, value)
            raise
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
        self._changed.set()

    def remove(self, key, value):
        """Announce it no more. It is found for some minutes yet."""
        with self._lock:
            self._due.pop((key, value), None)
        self._changed.set()

    def _run(self):
        while True:
            with self._lock:
                if not self._due:
                    self._thread = None
                    return
                self._changed.clear()
                soonest = min(self._due.values())
            self._changed.wait(max(soonest - getruntime(), 0))
            self._announce_due()

    def _announce_due(self):
        with self._lock:
            now = getruntime()
            due = [one for one, when in self._due.items() if when <= now]
            self._due.update(dict.fromkeys(due, now + _AGAIN))
        for key, value in due:
            try:
                self._announce(key, value, _LIVES)
                self.trouble = None
            except (AdvertiseError, TimeoutError) as why:
                self.trouble = str(why)
                with self._lock:
                    if (key, value) in self._due:
                        self._due[key, value] = getruntime() + _AFTER_FAILURE
