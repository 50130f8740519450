"""CompressionAffix: `(CompressionAffix)` or `(CompressionAffix,LEVEL)`, 1 (fast) to 9 (small): less on the way.

Connections carry one zlib stream each way, flushed after each `send`; a datagram is compressed by itself, and must be
whole in 64 KiB when it is expanded. What somebody sends to fill our memory is expanded piece by piece, as it is read.

Don't put it above an EncryptionAffix where others decide about a part of what is sent beside secrets: how much it
shrinks tells of them.
"""

import zlib

from affix.component import Component
from affix.errors import AffixArgumentError
from affix.transform import Transformed

_LEVELS = [str(level) for level in range(1, 10)]
_LONGEST_MESSAGE = 65536  # bytes, expanded
_PIECE = 65536  # bytes that are expanded at a time


class CompressionAffix(Component):
    """Compressed data."""

    name = "CompressionAffix"

    def __init__(self, below, arguments=()):
        super().__init__(below, arguments)
        if len(self.arguments) > 1 or not set(self.arguments) <= set(_LEVELS):
            raise AffixArgumentError("CompressionAffix takes a level from 1 to 9, or nothing")
        self.level = int(self.arguments[0]) if self.arguments else 6

    def text(self):
        """Without the level, which is each side's own."""
        return f"({self.name})"

    def outgoing(self, message):
        """Compressed."""
        return zlib.compress(message, self.level)

    def incoming(self, message):
        """Expanded; None for what is no compressed datagram, or too long a one."""
        stream = zlib.decompressobj()
        try:
            expanded = stream.decompress(message, _LONGEST_MESSAGE)
        except zlib.error:
            return None
        return expanded if stream.eof else None

    def over(self, connection, accepted):
        """A connection with compressed data."""
        return _Compressed(connection, self.level)


class _Compressed(Transformed):
    def __init__(self, below, level):
        super().__init__(below)
        self._there = zlib.compressobj(level)
        self._back = zlib.decompressobj()

    def outgoing(self, data):
        return self._there.compress(data) + self._there.flush(zlib.Z_SYNC_FLUSH)

    def incoming(self, data):
        if self._back.eof:
            raise ValueError("the compressed data has ended")
        try:
            return self._back.decompress(data, _PIECE)
        except zlib.error as why:
            raise ValueError(f"this is not compressed ({why})") from None

    def more(self):
        return self.incoming(self._back.unconsumed_tail) if self._back.unconsumed_tail else b""
