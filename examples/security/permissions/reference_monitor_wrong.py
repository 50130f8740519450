"""Permissions, wrong on purpose: all files share them, and a write across the end is all or nothing."""

import filelayer

may = {"read": False, "write": False, "append": False}


class PermittedFile:
    def __init__(self, file):
        self.file, self.size = file, filelayer.size_of(file)

    def setread(self, on):
        may["read"] = on

    def setwrite(self, on):
        may["write"] = on

    def setappend(self, on):
        may["append"] = on

    def readat(self, sizelimit, offset):
        if not may["read"]:
            raise ValueError("reading is off")
        return self.file.readat(sizelimit, offset)

    def writeat(self, data, offset):
        if not may["append" if offset + len(data) > self.size else "write"]:
            raise ValueError("that is off")
        self.file.writeat(data, offset)
        self.size = max(self.size, offset + len(data))

    def close(self):
        self.file.close()


CHILD_CONTEXT_DEF["openfile"] = filelayer.define(
    lambda name, create: PermittedFile(openfile(name, create)),
    PermittedFile,
    dict.fromkeys(("setread", "setwrite", "setappend"), (bool,)),
)
secure_dispatch_module()
