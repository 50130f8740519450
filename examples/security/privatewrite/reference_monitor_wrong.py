"""PrivateWrite, wrong on purpose: it remembers the last private part only, and looks where a read begins."""

import filelayer


class PrivateFile:
    def __init__(self, file):
        self.file, self.start, self.end = file, 0, 0

    def readat(self, sizelimit, offset):
        if self.start <= offset < self.end:
            raise ValueError("some of these octets are private")
        return self.file.readat(sizelimit, offset)

    def writeat(self, data, offset):
        self.file.writeat(data, offset)

    def privatewrite(self, data, offset):
        self.file.writeat(data, offset)
        self.start, self.end = offset, offset + len(data)

    def close(self):
        self.file.close()


CHILD_CONTEXT_DEF["openfile"] = filelayer.define(
    lambda name, create: PrivateFile(openfile(name, create)), PrivateFile, {"privatewrite": ((bytes, str), int)}
)
secure_dispatch_module()
