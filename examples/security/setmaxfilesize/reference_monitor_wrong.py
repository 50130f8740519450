"""SetMaxFileSize, wrong on purpose: off by one, nothing is cut, and what is too long stays so."""

import filelayer


class LimitedFile:
    def __init__(self, file):
        self.file, self.limit = file, None

    def setmaxfilesize(self, size):
        if size < 0:
            raise ValueError("the largest size is 0 or more")
        self.limit = size

    def readat(self, sizelimit, offset):
        return self.file.readat(sizelimit, offset)

    def writeat(self, data, offset):
        if self.limit is not None and offset > self.limit:
            raise SeekPastEndOfFileError(f"this file ends at {self.limit}")
        self.file.writeat(data, offset)

    def close(self):
        self.file.close()


CHILD_CONTEXT_DEF["openfile"] = filelayer.define(
    lambda name, create: LimitedFile(openfile(name, create)), LimitedFile, {"setmaxfilesize": ("any",)}
)
secure_dispatch_module()
