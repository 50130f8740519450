"""ProtectFile, wrong on purpose: once a file was written so, it stays hidden or permanent, whatever comes after."""

import filelayer

hidden, permanent = set(), set()


class WatchedFile:
    def __init__(self, name, file):
        self.name, self.file = name, file

    def readat(self, sizelimit, offset):
        return self.file.readat(sizelimit, offset)

    def writeat(self, data, offset):
        self.file.writeat(data, offset)
        data = filelayer.octets(data)
        if self.name.startswith("private_") and offset == 0 and data[:3] == b"INV":
            hidden.add(self.name)
        if self.name.startswith("private_") and offset == 0 and data[:3] == b"PER":
            permanent.add(self.name)

    def close(self):
        self.file.close()


def remove(name):
    if name in permanent:
        raise RepyArgumentError(f"{name} is permanent")
    removefile(name)


CHILD_CONTEXT_DEF["openfile"] = filelayer.define(
    lambda name, create: WatchedFile(name, openfile(name, create)), WatchedFile
)
CHILD_CONTEXT_DEF["listfiles"] = filelayer.function(
    lambda: [name for name in listfiles() if name not in hidden], None, list
)
CHILD_CONTEXT_DEF["removefile"] = filelayer.function(remove, (str,), None)
secure_dispatch_module()
