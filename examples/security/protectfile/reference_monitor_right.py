"""ProtectFile: a file `private_*` that begins with INV is not listed, and one that begins with PER can't be removed.

The first three octets of such files are known at any time: read once, and followed from then on.
"""

import filelayer

PREFIX, HIDDEN, PERMANENT = "private_", b"INV", b"PER"

heads = {}  # name of a private file -> its first three octets
lock = createlock()


class WatchedFile:
    def __init__(self, name, file):
        self.name, self.file = name, file
        if name.startswith(PREFIX):
            heads[name] = file.readat(3, 0)

    def readat(self, sizelimit, offset):
        return self.file.readat(sizelimit, offset)

    def writeat(self, data, offset):
        data = filelayer.octets(data)
        with lock:
            self.file.writeat(data, offset)
            if self.name in heads and offset < 3:
                head = heads[self.name]
                heads[self.name] = (head[:offset] + data[:3] + head[offset + len(data) :])[:3]

    def close(self):
        self.file.close()


def open_watched(name, create):
    with lock:
        return WatchedFile(name, openfile(name, create))


def list_visible():
    with lock:
        return [name for name in listfiles() if heads.get(name) != HIDDEN]


def remove(name):
    with lock:
        if heads.get(name) == PERMANENT:
            raise RepyArgumentError(f"{name} is permanent")
        removefile(name)
        heads.pop(name, None)


for name in listfiles():  # those that were there before
    if name.startswith(PREFIX):
        open_watched(name, False).close()

CHILD_CONTEXT_DEF["openfile"] = filelayer.define(open_watched, WatchedFile)
CHILD_CONTEXT_DEF["listfiles"] = filelayer.function(list_visible, None, list)
CHILD_CONTEXT_DEF["removefile"] = filelayer.function(remove, (str,), None)
secure_dispatch_module()
