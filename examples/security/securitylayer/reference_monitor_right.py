"""SecurityLayer: no file may ever begin with the two octets MZ; the write that would do that raises ValueError."""

import filelayer

MAGIC = b"MZ"


class SecureFile:
    """Knows the first two octets at any time, so that it need not read them again."""

    def __init__(self, file):
        self.file, self.lock, self.head = file, createlock(), file.readat(2, 0)

    def readat(self, sizelimit, offset):
        return self.file.readat(sizelimit, offset)

    def writeat(self, data, offset):
        data = filelayer.octets(data)
        with self.lock:
            self.file.writeat(b"", offset)  # raises what any write there would
            head = (self.head[:offset] + data[:2] + self.head[offset + len(data) :])[:2] if offset < 2 else self.head
            if head == MAGIC and offset < 2:
                raise ValueError("a file must not begin with MZ")
            self.file.writeat(data, offset)
            self.head = head

    def close(self):
        with self.lock:
            self.file.close()


CHILD_CONTEXT_DEF["openfile"] = filelayer.define(lambda name, create: SecureFile(openfile(name, create)), SecureFile)
secure_dispatch_module()
