"""PrivateWrite: what `privatewrite(data, offset)` has written can't be read; a normal write makes it readable again.

It is remembered for as long as the program runs, also when the file is closed and opened again.
"""

import filelayer

private = {}  # file name -> the private parts, as (start, end), in order and apart
lock = createlock()


def without(parts, start, end):
    """The parts, less those octets."""
    left = []
    for first, last in parts:
        left += [(first, min(last, start))] if first < start else []
        left += [(max(first, end), last)] if last > end else []
    return left


class PrivateFile:
    def __init__(self, name, file):
        self.name, self.file = name, file
        private.setdefault(name, [])

    def readat(self, sizelimit, offset):
        with lock:
            data = self.file.readat(sizelimit, offset)
            if any(start < offset + len(data) and offset < end for start, end in private[self.name]):
                raise ValueError("some of these octets are private")
            return data

    def writeat(self, data, offset):
        data = filelayer.octets(data)
        with lock:
            self.file.writeat(data, offset)
            private[self.name] = without(private[self.name], offset, offset + len(data))

    def privatewrite(self, data, offset):
        data = filelayer.octets(data)
        with lock:
            self.file.writeat(data, offset)
            end = offset + len(data)
            if data:
                private[self.name] = sorted([*without(private[self.name], offset, end), (offset, end)])

    def close(self):
        self.file.close()


def remove(name):
    with lock:
        removefile(name)
        private.pop(name, None)


CHILD_CONTEXT_DEF["openfile"] = filelayer.define(
    lambda name, create: PrivateFile(name, openfile(name, create)), PrivateFile, {"privatewrite": ((bytes, str), int)}
)
CHILD_CONTEXT_DEF["removefile"] = filelayer.function(remove, (str,), None)
secure_dispatch_module()
