"""Parity, wrong on purpose: it counts in what is written, as if every write began a row."""

import filelayer


class RepyParityError(RepyException):
    """A row would have an odd number of odd octets."""


class ParityFile:
    def __init__(self, file):
        self.file = file

    def readat(self, sizelimit, offset):
        return self.file.readat(sizelimit, offset)

    def writeat(self, data, offset):
        data = filelayer.octets(data)
        if sum(octet % 2 for octet in data) % 2:
            raise RepyParityError("an odd number of odd octets")
        self.file.writeat(data, offset)

    def close(self):
        self.file.close()


CHILD_CONTEXT_DEF["openfile"] = filelayer.define(
    lambda name, create: ParityFile(openfile(name, create)), ParityFile, errors=(*filelayer.ERRORS, RepyParityError)
)
CHILD_CONTEXT_DEF["RepyParityError"] = {"type": "any", "target": RepyParityError}
secure_dispatch_module()
