"""ImmutableVersion, wrong on purpose: a new version begins empty, and an old one can still be written."""

import filelayer

latest = {}


class VersionFile:
    def __init__(self, file):
        self.file = file

    def readat(self, sizelimit, offset):
        return self.file.readat(sizelimit, offset)

    def writeat(self, data, offset):
        self.file.writeat(data, offset)

    def close(self):
        self.file.close()


def open_version(name, create):
    if ".v" in name:
        return VersionFile(openfile(name, False))
    if create:
        latest[name] = latest.get(name, 0) + 1
    return VersionFile(openfile(f"{name}.v{latest.get(name, 1)}", create))


def refuse(_name):
    raise RepyArgumentError("nothing can be removed")


CHILD_CONTEXT_DEF["openfile"] = filelayer.define(open_version, VersionFile)
CHILD_CONTEXT_DEF["removefile"] = filelayer.function(refuse, (str,), None)
secure_dispatch_module()
