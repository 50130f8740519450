"""SecurityLayer, wrong on purpose: it looks at what is written, and not at what the file becomes."""

import filelayer


class SecureFile:
    def __init__(self, file):
        self.file = file

    def readat(self, sizelimit, offset):
        return self.file.readat(sizelimit, offset)

    def writeat(self, data, offset):
        if filelayer.octets(data).startswith(b"MZ"):
            raise ValueError("a file must not begin with MZ")
        self.file.writeat(data, offset)

    def close(self):
        self.file.close()


CHILD_CONTEXT_DEF["openfile"] = filelayer.define(lambda name, create: SecureFile(openfile(name, create)), SecureFile)
secure_dispatch_module()
