"""LossAffix, for experiments: of the datagrams that are sent, some get lost.

`(LossAffix,PERCENT)` or `(LossAffix,PERCENT,SEED)`: with the same seed, the same ones. Connections lose nothing:
whoever is below sends it again.
"""

import random

from affix.component import Component
from affix.data import octets
from affix.errors import AffixArgumentError


class LossAffix(Component):
    """Datagrams get lost."""

    name = "LossAffix"

    def __init__(self, below, arguments=()):
        super().__init__(below, arguments)
        try:
            self._share = float(self.arguments[0]) / 100
        except (IndexError, ValueError):
            raise AffixArgumentError("LossAffix takes a percentage, and a seed if wanted") from None
        if not 0 <= self._share <= 1 or len(self.arguments) > 2:
            raise AffixArgumentError("LossAffix takes a percentage from 0 to 100, and a seed if wanted")
        self._random = random.Random(*self.arguments[1:])  # noqa: S311 - nobody has to be surprised

    def text(self):
        """Nothing: the other side has losses of its own."""
        return ""

    def sendmessage(self, destip, destport, message, localip, localport):
        """Send a datagram, or lose it."""
        if self._random.random() < self._share:
            return len(octets(message))
        return self.peek().sendmessage(destip, destport, message, localip, localport)
