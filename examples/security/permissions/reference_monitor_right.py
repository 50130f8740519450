"""Permissions: each file has three, all off when it is opened, set by `setread`, `setwrite` and `setappend`.

Without read `readat` raises ValueError. Without write the part before the old end is skipped, without append the part
after it is dropped, and without both `writeat` raises ValueError.
"""

import filelayer


class PermittedFile:
    def __init__(self, file):
        self.file, self.lock, self.size = file, createlock(), filelayer.size_of(file)
        self.may_read = self.may_write = self.may_append = False

    def setread(self, on):
        with self.lock:
            self.may_read = on

    def setwrite(self, on):
        with self.lock:
            self.may_write = on

    def setappend(self, on):
        with self.lock:
            self.may_append = on

    def readat(self, sizelimit, offset):
        with self.lock:
            if self.may_read:
                return self.file.readat(sizelimit, offset)
            self.file.readat(0 if sizelimit is None else min(sizelimit, 0), offset)  # raises what any read would
            raise ValueError("reading is off")

    def writeat(self, data, offset):
        data = filelayer.octets(data)
        with self.lock:
            self.file.writeat(b"", offset)  # raises what any write there would
            if not self.may_write and not self.may_append:
                raise ValueError("writing and appending are off")
            old = self.size - offset  # so many octets of the data lie before the end
            if not self.may_append:
                data = data[:old]
            if not self.may_write:
                data, offset = data[old:], self.size
            self.file.writeat(data, offset)
            self.size = max(self.size, offset + len(data))

    def close(self):
        with self.lock:
            self.file.close()


CHILD_CONTEXT_DEF["openfile"] = filelayer.define(
    lambda name, create: PermittedFile(openfile(name, create)),
    PermittedFile,
    dict.fromkeys(("setread", "setwrite", "setappend"), (bool,)),
)
secure_dispatch_module()
