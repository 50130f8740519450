"""Undo: the last write is pending until the next one, or `close`; `undo()` drops it.

`readat` sees what is no longer pending. Arguments and offsets are wrong at the call, as ever, and count with what is
pending: a write may begin where the pending one ends. `undo` of a closed file is a FileClosedError.
"""

import filelayer


class UndoFile:
    def __init__(self, file):
        self.file, self.lock, self.size, self.pending = file, createlock(), filelayer.size_of(file), None

    def readat(self, sizelimit, offset):
        with self.lock:
            return self.file.readat(sizelimit, offset)

    def writeat(self, data, offset):
        data = filelayer.octets(data)
        with self.lock:
            self.file.writeat(b"", min(offset, self.size))  # raises what is wrong about a closed file, or below 0
            if offset > self._size_with_pending():
                raise SeekPastEndOfFileError(f"{offset} lies past the end")
            self._commit()
            self.pending = (data, offset)

    def undo(self):
        with self.lock:
            self.file.readat(0, 0)  # raises FileClosedError
            self.pending = None

    def close(self):
        with self.lock:
            self.file.readat(0, 0)
            self._commit()
            self.file.close()

    def _size_with_pending(self):
        return self.size if self.pending is None else max(self.size, self.pending[1] + len(self.pending[0]))

    def _commit(self):
        if self.pending is not None:
            self.file.writeat(*self.pending)
            self.size, self.pending = self._size_with_pending(), None


CHILD_CONTEXT_DEF["openfile"] = filelayer.define(
    lambda name, create: UndoFile(openfile(name, create)), UndoFile, {"undo": None}
)
secure_dispatch_module()
