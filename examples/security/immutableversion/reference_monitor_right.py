"""ImmutableVersion: a file is never changed once there is a newer version of it.

`openfile(name, True)` makes `name`, or the next version of it if it is closed, which begins as a copy of the latest;
FileInUseError if the latest is open. `openfile(name, False)` opens the latest. The versions are `name.v1`, `name.v2`
and so on from the first, and can be opened as such with `create=False`; with True that is a RepyArgumentError. Writing
to any but the latest is a FileInUseError, removing anything a RepyArgumentError, and `listfiles` has the plain names.
"""

import re

import filelayer

VERSION = re.compile(r"(.+)\.v([0-9]+)$")

latest = {}  # name -> the number of its latest version
lock = createlock()


class VersionFile:
    def __init__(self, name, number, file):
        self.name, self.number, self.file = name, number, file

    def readat(self, sizelimit, offset):
        return self.file.readat(sizelimit, offset)

    def writeat(self, data, offset):
        with lock:
            if self.number < latest[self.name]:
                self.file.readat(0, 0)  # a closed file is closed first of all
                raise FileInUseError(f"{self.name} has a newer version than {self.number}")
            self.file.writeat(data, offset)

    def close(self):
        self.file.close()


def open_version(name, create):
    with lock:
        asked = VERSION.match(name)
        if asked:
            if create:
                raise RepyArgumentError("a version is made by the plain name")
            return VersionFile(asked[1], int(asked[2]), openfile(name, False))
        number = latest.get(name, 0)
        if not create or number == 0:
            number = max(number, 1)
            file = openfile(f"{name}.v{number}", create)
        else:
            file = next_version(name, number)
            number += 1
        latest[name] = number
        return VersionFile(name, number, file)


def next_version(name, number):
    old = openfile(f"{name}.v{number}", False)  # FileInUseError if it is open
    try:
        file = openfile(f"{name}.v{number + 1}", True)
        filelayer.copy(old, file)
        return file
    finally:
        old.close()


def list_names():
    with lock:
        return sorted(latest)


def refuse(_name):
    raise RepyArgumentError("nothing can be removed")


CHILD_CONTEXT_DEF["openfile"] = filelayer.define(open_version, VersionFile)
CHILD_CONTEXT_DEF["listfiles"] = filelayer.function(list_names, None, list)
CHILD_CONTEXT_DEF["removefile"] = filelayer.function(refuse, (str,), None)
secure_dispatch_module()
