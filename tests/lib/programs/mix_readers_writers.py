"""Many readers or one writer, over a condition; enumerations and properties tell the state."""

import enum
import threading


class State(enum.Enum):
    FREE = enum.auto()
    READ = enum.auto()
    WRITTEN = enum.auto()


class SharedLock:
    def __init__(self):
        self._changed = threading.Condition()
        self._readers = 0
        self._is_written = False

    @property
    def state(self):
        return State.WRITTEN if self._is_written else State.READ if self._readers else State.FREE

    def begin_reading(self):
        with self._changed:
            self._changed.wait_for(lambda: not self._is_written)
            self._readers += 1

    def end_reading(self):
        with self._changed:
            self._readers -= 1
            self._changed.notify_all()

    def __enter__(self):
        with self._changed:
            self._changed.wait_for(lambda: self.state is State.FREE)
            self._is_written = True

    def __exit__(self, *_):
        with self._changed:
            self._is_written = False
            self._changed.notify_all()


shared, value, seen = SharedLock(), 0, []
together = threading.Barrier(3)


def read():
    shared.begin_reading()
    together.wait(timeout=30)
    seen.append((shared.state, value % 10))
    together.wait(timeout=30)
    shared.end_reading()


def write():
    global value
    for _ in range(100):
        with shared:
            before = value
            value = before + 5
            value = before + 10


threads = [threading.Thread(target=write) for _ in range(2)] + [threading.Thread(target=read) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(value, set(seen), shared.state, State["READ"].value)
