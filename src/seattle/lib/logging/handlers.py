"""More handlers of Python's `logging.handlers`: files that begin anew when they are full, queues, memory.

Missing: TimedRotatingFileHandler and WatchedFileHandler, for the files of a vessel have no times and nobody else moves
them; the handlers that send records elsewhere (SocketHandler, SysLogHandler, SMTPHandler, HTTPHandler), which need
pickle or services of the donor's computer: derive one from Handler.
"""

import copy
import logging
from queue import Empty, Queue
from threading import Thread

_AT_ONCE = 65536  # bytes that are copied in one piece


class BaseRotatingHandler(logging.FileHandler):
    """A file that is put aside when `shouldRollover` says so."""

    def emit(self, record):
        """Write a line, into a new file if the old one is full."""
        try:
            if self.shouldRollover(record):
                self.doRollover()
            super().emit(record)
        except Exception:  # a program does not fail for its log
            self.handleError(record)


class RotatingFileHandler(BaseRotatingHandler):
    """A file of at most `maxBytes`, and up to `backupCount` older ones: `name.1` is the newest of those.

    A vessel can't rename files: they are copied, which is charged as reading and writing. 0 bytes: no limit.
    """

    def __init__(self, filename, mode="a", maxBytes=0, backupCount=0, encoding=None, delay=False, errors=None):
        super().__init__(filename, "a" if maxBytes > 0 else mode, encoding, delay, errors)
        self.maxBytes, self.backupCount = maxBytes, backupCount

    def shouldRollover(self, record):
        """Whether the line would make the file too long."""
        if self.maxBytes <= 0:
            return False
        if self.stream is None:
            self.stream = self._open()
        line = self.format(record) + self.terminator
        return self.stream.tell() > 0 and self.stream.tell() + len(line.encode()) > self.maxBytes

    def doRollover(self):
        """Put the file aside, and begin a new one."""
        if self.stream:
            self.stream.close()
            self.stream = None
        names = [self.baseFilename, *(f"{self.baseFilename}.{number}" for number in range(1, self.backupCount + 1))]
        there = set(listfiles())
        for older, newer in zip(names[:0:-1], names[-2::-1], strict=True):
            if newer in there:
                _copy(newer, older)
        if self.baseFilename in there:
            removefile(self.baseFilename)
        if not self.delay:
            self.stream = self._open()


class QueueHandler(logging.Handler):
    """Puts records into a queue, for a QueueListener in another thread."""

    def __init__(self, queue):
        super().__init__()
        self.queue = queue
        self.listener = None

    def prepare(self, record):
        """The record with its text made, so that its arguments need not stay as they are."""
        record = copy.copy(record)
        record.message = record.msg = self.format(record)
        record.args = record.exc_info = record.exc_text = record.stack_info = None
        return record

    def enqueue(self, record):
        """Put it into the queue."""
        self.queue.put_nowait(record)

    def emit(self, record):
        """Put a record into the queue."""
        try:
            self.enqueue(self.prepare(record))
        except Exception:  # a program does not fail for its log
            self.handleError(record)


class QueueListener:
    """Takes records out of a queue, in a thread of its own, and gives them to handlers."""

    def __init__(self, queue: Queue, *handlers, respect_handler_level=False):
        self.queue, self.handlers, self._respects = queue, handlers, respect_handler_level
        self._thread = None

    def start(self):
        """Begin."""
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self):
        """End, when all that was put in has been handled."""
        if self._thread:
            self.queue.put_nowait(None)
            self._thread.join()
            self._thread = None

    def dequeue(self, block):
        """The next record; None is the end."""
        return self.queue.get(block)

    def prepare(self, record):
        """What the handlers get for it."""
        return record

    def handle(self, record):
        """Give it to the handlers."""
        record = self.prepare(record)
        for handler in self.handlers:
            if not self._respects or record.levelno >= handler.level:
                handler.handle(record)

    def _serve(self):
        while True:
            try:
                record = self.dequeue(True)
            except Empty:
                continue
            if record is None:
                return
            self.handle(record)


class BufferingHandler(logging.Handler):
    """Keeps records until there are `capacity` of them."""

    def __init__(self, capacity):
        super().__init__()
        self.capacity = capacity
        self.buffer = []

    def shouldFlush(self, record):
        """Whether it is time to let them go."""
        return len(self.buffer) >= self.capacity

    def emit(self, record):
        """Keep a record."""
        self.buffer.append(record)
        if self.shouldFlush(record):
            self.flush()

    def flush(self):
        """Let them go."""
        with self.lock:
            self.buffer.clear()

    def close(self):
        """Let them go, and be done."""
        self.flush()


class MemoryHandler(BufferingHandler):
    """Keeps records, and gives all of them to `target` when one of `flushLevel` or above comes."""

    def __init__(self, capacity, flushLevel=logging.ERROR, target=None, flushOnClose=True):
        super().__init__(capacity)
        self.flushLevel, self.target, self.flushOnClose = flushLevel, target, flushOnClose

    def shouldFlush(self, record):
        """Whether there are too many, or one of that level."""
        return len(self.buffer) >= self.capacity or record.levelno >= self.flushLevel

    def setTarget(self, target):
        """Say to whom they go."""
        self.target = target

    def flush(self):
        """Give them to the target; without one they stay."""
        with self.lock:
            if self.target:
                for record in self.buffer:
                    self.target.handle(record)
                self.buffer.clear()

    def close(self):
        """Give them to the target if that is wanted, and be done."""
        if self.flushOnClose:
            self.flush()
        self.target = None
        self.buffer.clear()


def _copy(source, target):
    """Make the file `target` one with the content of `source`."""
    with open(source, "rb") as old, open(target, "wb") as new:
        while piece := old.read(_AT_ONCE):
            new.write(piece)
