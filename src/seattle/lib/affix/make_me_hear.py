"""MakeMeHearAffix: who listens where nobody can connect to listens through something else.

    (MakeMeHearAffix)                          through a relay, if it has to be
    (MakeMeHearAffix,CANNOT_HEAR,CAN_HEAR)     through these stacks

`listenforconnection` asks a server of `canihear` to connect to the port. If that works, it listens through the stack
CAN_HEAR, at first none; if not, through CANNOT_HEAR, at first `(TCPRelayAffix)`. Both stand on what is below this
component, which does not change.

When no server of canihear can be asked, that is an AddressBindingError. It is not guessed: a wrong no burdens the
relays, a wrong yes gives a port that nobody hears.
"""

import canihear
from affix import build_stack
from affix.component import Component
from affix.errors import AffixArgumentError
from affix.strings import parse

_DEFAULTS = ("(TCPRelayAffix)", "")


class MakeMeHearAffix(Component):
    """The choice between two stacks to listen through."""

    name = "MakeMeHearAffix"

    def __init__(self, below, arguments=()):
        super().__init__(below, arguments)
        if len(self.arguments) > 2:
            raise AffixArgumentError("MakeMeHearAffix takes two stacks: for who can't be heard, and for who can")
        self._cannot_hear, self._can_hear = [*self.arguments, *_DEFAULTS[len(self.arguments) :]]
        for stack in (self._cannot_hear, self._can_hear):
            parse(stack)

    def text(self):
        """Nothing: what the other side needs is the text of the stack that was chosen."""
        return ""

    def listenforconnection(self, localip, localport):
        """Listen so that one can be reached. Raises AddressBindingError if that can't be found out."""
        below = self.peek()
        try:
            hears = canihear.check_specific_port(localport, below.gethostbyname(localip), self.network)
        except canihear.CanIHearError as why:
            raise AddressBindingError(f"can {localip}:{localport} be reached? Nobody says: {why}") from why
        return build_stack(self._can_hear if hears else self._cannot_hear, below).listenforconnection(
            localip, localport
        )
