"""CoordinationAffix: who connects learns by itself which stack the other side has.

`listenforconnection` listens through the components below and announces the text of their stack under the key
`HOST,PORT,TCP`, as long as the listener is open. `openconnection` looks that up, builds what it finds, and connects
through it; if there is nothing, or nobody answers there, it connects through the components below, as it would without
this one. So it belongs on top of a stack.

Anybody may announce anything, so what is found is a hint. Of it, only stacks of a few harmless components are built, of
bounded length, and the newest few are tried. If the name of the other side is an id, only what its holder has signed
counts (see `private` of Network). To be sure who answers, also behind a relay, put an EncryptionAffix above this
component.

Missing: datagrams, which go through the components below without being coordinated.
"""

from affix import build_stack
from affix.announcing import Announcements
from affix.component import Component, Listener
from affix.errors import AffixError
from affix.signing import is_id
from affix.strings import parse

ALLOWED = frozenset(
    ("AsciiShiftAffix", "CompressionAffix", "NamingAndResolverAffix", "NoopAffix", "TCPRelayAffix")
)  # components that strangers may have us use

_LONGEST = 512  # characters of a stack
_HIGHEST = 6  # components
_MOST_TRIED = 5  # stacks
_KEPT = 60  # seconds that a look-up holds
_MOST_KEPT = 256


class CoordinationAffix(Component):
    """Stacks that are announced, and looked up."""

    name = "CoordinationAffix"

    def __init__(self, below, arguments=()):
        super().__init__(below, arguments)
        self._announcements = Announcements(self.network.announce)
        self._found = {}  # (runtime until which it holds, values) by key

    def text(self):
        """Nothing: this is not what has to match."""
        return ""

    def listenforconnection(self, localip, localport):
        """Listen, and announce how one connects."""
        listener = self.peek().listenforconnection(localip, localport)
        return _Announced(listener, self, self._announcements, _key(localip, localport))

    def openconnection(self, destip, destport, localip, localport, timeout):
        """Connect as the other side has announced, or as if it had not.

        Raises what `openconnection` does; what went wrong with the last announced stack, if it can't be done without.
        """
        end, failure = getruntime() + timeout, None
        for stack in self._announced(_key(destip, destport)):
            try:
                return stack.openconnection(destip, destport, localip, localport, _left(end) / 2)
            except (NetworkError, TimeoutError, RepyArgumentError, DonorPolicyError) as why:
                self._found.pop(_key(destip, destport), None)
                failure = why
        if failure is not None and is_id(destip):
            raise failure
        try:
            return self.peek().openconnection(destip, destport, localip, localport, _left(end))
        except RepyArgumentError as why:
            raise failure or why from None

    def _announced(self, key):
        """The stacks that were announced, as far as they are such as we build."""
        stacks = []
        for text in self._look_up(key):
            try:
                if len(text) <= _LONGEST and len(parse(text)) <= _HIGHEST:
                    stacks.append(build_stack(text, self.network, allowed=ALLOWED))
            except AffixError:
                continue  # somebody's nonsense
        return stacks[: -_MOST_TRIED - 1 : -1]  # the newest first

    def _look_up(self, key):
        until, values = self._found.get(key, (0.0, []))
        if until > getruntime():
            return values
        try:
            values = self.network.look_up(key)
        except (AdvertiseError, TimeoutError, RepyArgumentError):
            return []
        if len(self._found) >= _MOST_KEPT:
            self._found.clear()
        if values:
            self._found[key] = (getruntime() + _KEPT, values)
        return values


class _Announced(Listener):
    """A listener that is announced until it is closed."""

    def __init__(self, below, component, announcements, key):
        super().__init__(below, component)
        self._announcements = announcements
        self._announcement = key, self.advertisement
        if self.advertisement:  # without, one connects as one would anyway
            announcements.add(*self._announcement)

    def close(self):
        """Listen no more."""
        self._announcements.remove(*self._announcement)
        return super().close()


def _key(host, port):
    return f"{host},{port},TCP"


def _left(end):
    return max(end - getruntime(), 0.01)
