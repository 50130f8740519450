"""ABStorage: a file is only ever replaced by a valid one, which begins with S and ends with E.

`ABopenfile(name, create)` opens it; a new one reads SE. Reads come from `name.a`, what was valid last; writes go to
`name.b`. At `close` they become the file's content if it is valid then, and are dropped if not. So `name.a` is the file
at rest, and `name.b` is there while it is open. Nothing else may touch either.
"""

import re

import filelayer

RESERVED = re.compile(r"\.[ab]$")
FIRST, LAST, NEW = b"S", b"E", b"SE"


class ABFile:
    def __init__(self, name, create):
        self.name, self.lock = name, createlock()
        is_new = create and f"{name}.a" not in listfiles()
        self.kept = openfile(f"{name}.a", create)
        if is_new:
            self.kept.writeat(NEW, 0)
        if f"{name}.b" in listfiles():
            removefile(f"{name}.b")  # of a run that was broken off
        self.written = openfile(f"{name}.b", True)
        filelayer.copy(self.kept, self.written)
        self.size = filelayer.size_of(self.written)

    def readat(self, sizelimit, offset):
        with self.lock:
            return self.kept.readat(sizelimit, offset)

    def writeat(self, data, offset):
        data = filelayer.octets(data)
        with self.lock:
            self.written.writeat(data, offset)
            self.size = max(self.size, offset + len(data))

    def close(self):
        with self.lock:
            self.kept.readat(0, 0)  # raises FileClosedError
            if self.written.readat(1, 0) == FIRST and self.written.readat(1, self.size - 1) == LAST:
                filelayer.copy(self.written, self.kept)  # never shorter than it was: nothing makes files shorter
            self.kept.close()
            self.written.close()
            removefile(f"{self.name}.b")


def refuse_reserved(name):
    if RESERVED.search(name):
        raise RepyArgumentError(f"{name} belongs to an A/B file")
    return name


CHILD_CONTEXT_DEF["ABopenfile"] = filelayer.define(lambda name, create: ABFile(refuse_reserved(name), create), ABFile)
CHILD_CONTEXT_DEF["openfile"] = {
    **CHILD_CONTEXT_DEF["openfile"],
    "target": lambda name, create: openfile(refuse_reserved(name), create),
}
CHILD_CONTEXT_DEF["removefile"] = filelayer.function(lambda name: removefile(refuse_reserved(name)), (str,), None)
secure_dispatch_module()
