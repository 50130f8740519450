"""LeftPad: a line that is begun at the end of a file is indented by four spaces.

A write that begins just at the end and has one newline gets the spaces after it; one that has more is a
RepyArgumentError, and one that has none is unchanged. So are all writes elsewhere.
"""

import filelayer

NEWLINE, PADDED = b"\n", b"\n    "


class PaddedFile:
    def __init__(self, file):
        self.file, self.lock, self.size = file, createlock(), filelayer.size_of(file)

    def readat(self, sizelimit, offset):
        return self.file.readat(sizelimit, offset)

    def writeat(self, data, offset):
        data = filelayer.octets(data)
        with self.lock:
            self.file.writeat(b"", offset)  # raises what any write there would
            if offset == self.size:
                if data.count(NEWLINE) > 1:
                    raise RepyArgumentError("one newline at a time")
                data = data.replace(NEWLINE, PADDED)
            self.file.writeat(data, offset)
            self.size = max(self.size, offset + len(data))

    def close(self):
        with self.lock:
            self.file.close()


CHILD_CONTEXT_DEF["openfile"] = filelayer.define(lambda name, create: PaddedFile(openfile(name, create)), PaddedFile)
secure_dispatch_module()
