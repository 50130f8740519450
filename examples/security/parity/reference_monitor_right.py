"""Parity: of each whole row of eight octets in a file, an even number are odd.

A write that would break this raises RepyParityError, which the program finds under this name, and changes nothing. A
row that is not whole yet is not looked at. A write reads eight octets twice at most.
"""

import filelayer

ROW = 8  # octets


class RepyParityError(RepyException):
    """A row would have an odd number of odd octets."""


class ParityFile:
    def __init__(self, file):
        self.file, self.lock = file, createlock()

    def readat(self, sizelimit, offset):
        return self.file.readat(sizelimit, offset)

    def writeat(self, data, offset):
        data = filelayer.octets(data)
        with self.lock:
            self.file.writeat(b"", offset)  # raises what any write there would
            if data and not are_even(self._before(offset) + data + self._after(offset + len(data))):
                raise RepyParityError("a row would have an odd number of odd octets")
            self.file.writeat(data, offset)

    def _before(self, offset):
        """What is in the same row before an offset."""
        return self.file.readat(offset % ROW, offset - offset % ROW) if offset % ROW else b""

    def _after(self, end):
        """What is in the same row from an offset on; the file may end before it."""
        try:
            return self.file.readat(-end % ROW, end)
        except SeekPastEndOfFileError:
            return b""

    def close(self):
        with self.lock:
            self.file.close()


def are_even(data):
    """Whether that holds for all whole rows."""
    whole = len(data) // ROW * ROW
    return all(sum(octet % 2 for octet in data[start : start + ROW]) % 2 == 0 for start in range(0, whole, ROW))


CHILD_CONTEXT_DEF["openfile"] = filelayer.define(
    lambda name, create: ParityFile(openfile(name, create)), ParityFile, errors=(*filelayer.ERRORS, RepyParityError)
)
CHILD_CONTEXT_DEF["RepyParityError"] = {"type": "any", "target": RepyParityError}
secure_dispatch_module()
