"""SetMaxFileSize: `setmaxfilesize(n)` cuts a file to n octets, and no write makes it longer from then on.

A write that begins at the limit or past it raises SeekPastEndOfFileError, one that crosses it is cut. Anything but an
`int` of 0 or more is a ValueError.
"""

import filelayer


class LimitedFile:
    def __init__(self, name, file):
        self.name, self.file, self.lock, self.limit = name, file, createlock(), None

    def setmaxfilesize(self, size):
        if type(size) is not int or size < 0:
            raise ValueError("the largest size is an int of 0 or more")
        with self.lock:
            self.file.readat(0, 0)  # raises FileClosedError
            if filelayer.size_of(self.file) > size:
                self._cut(size)
            self.limit = size

    def _cut(self, size):
        """Nothing makes a file shorter but to write it anew."""
        kept = self.file.readat(size, 0)
        self.file.close()
        removefile(self.name)
        self.file = openfile(self.name, True)
        self.file.writeat(kept, 0)

    def readat(self, sizelimit, offset):
        with self.lock:
            return self.file.readat(sizelimit, offset)

    def writeat(self, data, offset):
        data = filelayer.octets(data)
        with self.lock:
            self.file.writeat(b"", offset)  # raises what any write there would
            if self.limit is not None:
                if offset >= self.limit:
                    raise SeekPastEndOfFileError(f"this file ends at {self.limit}")
                data = data[: self.limit - offset]
            self.file.writeat(data, offset)

    def close(self):
        with self.lock:
            self.file.close()


CHILD_CONTEXT_DEF["openfile"] = filelayer.define(
    lambda name, create: LimitedFile(name, openfile(name, create)), LimitedFile, {"setmaxfilesize": ("any",)}
)
secure_dispatch_module()
