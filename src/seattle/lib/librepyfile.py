"""librepy's files: bytes, with a place in them that moves as they are read and written. `open` is Python's.

What is read and written goes through a buffer, for the vessel is charged for whole blocks of 4,096 bytes.

Missing: text; data is bytes, and a `str` that is written is UTF-8.
"""

from threading import RLock

_open = open


class RepyFile:
    """A file of the vessel, or another place in the same one: see `dup`."""

    def __init__(self, shared, mode):
        self._shared, self._mode = shared, mode
        self._place = 0
        self._is_closed = False
        with shared.lock:
            shared.users += 1

    def read(self, size=None):
        """So many bytes, or all up to the end."""
        with self._at_place("r") as file:
            return self._moved(file.read() if size is None else file.read(size))

    def readline(self):
        """A line with its end; nothing at the end of the file."""
        with self._at_place("r") as file:
            return self._moved(file.readline())

    def write(self, data):
        """Write all of the data."""
        data = data.encode() if isinstance(data, str) else data
        with self._at_place("w") as file:
            file.write(data)
            self._moved(data)

    def seek(self, offset, fromStart=True):
        """Go to a place, counted from the file's start or from where we are. Raises ValueError before the start."""
        place = offset if fromStart else self._place + offset
        if place < 0:
            raise ValueError("there is no place before the start of a file")
        self._place = place

    def tell(self):
        """The place where we are."""
        return self._place

    def size(self):
        """How many bytes the file has."""
        with self._at_place("") as file:
            return file.seek(0, 2)

    def flush(self):
        """Keep nothing back."""
        with self._at_place("") as file:
            file.flush()

    def dup(self):
        """Another RepyFile on the same file, with a place of its own."""
        with self._at_place(""):
            other = RepyFile(self._shared, self._mode)
            other.seek(self._place)
            return other

    def close(self):
        """Be done; the file is closed with the last of those that `dup` has made. A second time changes nothing."""
        with self._shared.lock:
            if not self._is_closed:
                self._is_closed = True
                self._shared.users -= 1
                if not self._shared.users:
                    self._shared.file.close()

    def _at_place(self, need):
        if self._is_closed:
            raise FileClosedError("the file was closed")
        if need not in self._mode:
            raise ValueError(f"the file was opened with the mode {self._mode!r}")
        return _Using(self._shared, self._place)

    def _moved(self, data):
        self._place += len(data)
        return data

    def __iter__(self):
        while line := self.readline():
            yield line

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.close()


class _Shared:
    def __init__(self, file):
        self.file = file
        self.lock = RLock()
        self.users = 0


class _Using:
    """The file, at a place, for one thread at a time."""

    def __init__(self, shared, place):
        self._shared, self._place = shared, place

    def __enter__(self):
        self._shared.lock.acquire()
        try:
            self._shared.file.seek(self._place)
        except BaseException:
            self._shared.lock.release()
            raise
        return self._shared.file

    def __exit__(self, kind, error, traceback):
        self._shared.lock.release()


def open(name, mode="rw", create=True):
    """Open a file of the vessel, for reading (`r` in the mode), writing (`w`), or both. What is in it stays.

    Raises FileNotFoundError if there is none and it is not to be made, FileInUseError if it is open already.
    """
    if not mode or not set(mode) <= {"r", "w"}:
        raise ValueError(f"a mode is 'r', 'w' or 'rw', not {mode!r}")
    try:
        file = _open(name, "r+b")
    except FileNotFoundError:
        if not create:
            raise
        file = _open(name, "x+b")
    return RepyFile(_Shared(file), mode)


def rmfile(name):
    """Delete a file of the vessel."""
    removefile(name)


def lsdir():
    """The names of the vessel's files."""
    return listfiles()
