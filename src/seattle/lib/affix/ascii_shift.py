"""AsciiShiftAffix, for teaching: `(AsciiShiftAffix,N)` adds N to each byte on the way, modulo 256. It hides nothing."""

from affix.component import Component
from affix.errors import AffixArgumentError
from affix.transform import Transformed

_BYTES = range(256)


class AsciiShiftAffix(Component):
    """Caesar's cipher."""

    name = "AsciiShiftAffix"

    def __init__(self, below, arguments=()):
        super().__init__(below, arguments)
        try:
            (shift,) = map(int, self.arguments or ["1"])
        except ValueError:
            raise AffixArgumentError("AsciiShiftAffix takes a whole number, how far to shift") from None
        self._there = bytes((byte + shift) % 256 for byte in _BYTES)
        self._back = bytes((byte - shift) % 256 for byte in _BYTES)

    def outgoing(self, message):
        """Shifted."""
        return message.translate(self._there)

    def incoming(self, message):
        """Shifted back."""
        return message.translate(self._back)

    def over(self, connection, accepted):
        """A connection with shifted bytes."""
        return _Shifted(connection, self)


class _Shifted(Transformed):
    def __init__(self, below, component):
        super().__init__(below)
        self.outgoing, self.incoming = component.outgoing, component.incoming
