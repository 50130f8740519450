"""EncryptionAffix: what goes over the network can be read and changed by nobody else.

    (EncryptionAffix,SECRET)   both sides know a secret
    (EncryptionAffix)          the one that listens has a key, and its id is its name

The secret is text of 16 characters or more that nobody can guess; `secrets.token_urlsafe()` makes one. It proves to
each side that the other has it. Without one, whoever listens signs with its key, `private` of Network, and whoever
connects names it by its id (`nkey`); who connects, it does not learn. Neither is announced, so the component belongs
above a CoordinationAffix.

For each connection both sides make X25519 keys. Of what they have in common and of the secret come two keys for
ChaCha20-Poly1305, one each way, so that what is recorded today can't be read by who learns the secret tomorrow, nor be
sent again. Boxes are numbered. Nothing is sent before the other side has proved itself. A connection that was cut off
by somebody else ends as one that was closed, with a SocketClosedRemote, but its `was_cut_off` is true. A datagram is a
box of `boxes`, by itself: it may come twice, as datagrams do. Datagrams need a secret.

The time of the arithmetic depends on the keys, see `x25519`.
"""

import boxes
import chacha20poly1305
import ed25519
import hkdf
import nkey
import x25519
from affix.component import Component
from affix.errors import AffixArgumentError
from affix.transform import Transformed

_SHORTEST = 16  # characters
_HELLO = 32  # bytes: a key
_LONGEST = 16384  # bytes in a box
_SIZE = 2  # bytes of a box's length


class EncryptionAffix(Component):
    """Encrypted data."""

    name = "EncryptionAffix"

    def __init__(self, below, arguments=()):
        super().__init__(below, arguments)
        if len(self.arguments) > 1 or any(len(secret) < _SHORTEST for secret in self.arguments):
            raise AffixArgumentError(f"EncryptionAffix takes a secret of {_SHORTEST} characters or more, or none")
        self._secret = "".join(self.arguments).encode()

    def text(self):
        """Without the secret."""
        return f"({self.name})"

    def outgoing(self, message):
        """In a box."""
        return boxes.lock(message, self._needed_secret())

    def incoming(self, message):
        """Out of its box; None if it is none of ours."""
        try:
            return boxes.unlock(message, self._needed_secret())
        except boxes.BoxError:
            return None

    def openconnection(self, destip, destport, localip, localport, timeout):
        """Connect. Raises AffixArgumentError if there is no secret and `destip` is no id."""
        public = None
        if not self._secret:
            try:
                public = nkey.public_of(destip)
            except ValueError as why:
                raise AffixArgumentError(f"without a secret, the other side's name has to be its id: {why}") from None
        connection = self.peek().openconnection(destip, destport, localip, localport, timeout)
        return _Encrypted(connection, self._secret, accepted=False, public=public)

    def listenforconnection(self, localip, localport):
        """Listen. Raises AffixArgumentError if there is neither a secret nor a key."""
        if not self._secret and self.network.private is None:
            raise AffixArgumentError("without a secret, the stack's Network needs a private key")
        return super().listenforconnection(localip, localport)

    def over(self, connection, accepted):
        """An encrypted connection."""
        private = None if self._secret else self.network.private
        return _Encrypted(connection, self._secret, accepted=accepted, private=private)

    def _needed_secret(self):
        if not self._secret:
            raise AffixArgumentError("without a secret, there are no datagrams")
        return self._secret


class _Encrypted(Transformed):
    most = _LONGEST

    def __init__(self, below, secret, accepted, public=None, private=None):
        super().__init__(below)
        self.was_cut_off = False
        self._secret = secret
        self._accepted = accepted
        self._public = public  # of whom the other side has to be
        self._private = private  # of whom we prove to be
        self._is_proven = public is None
        self._once = x25519.new_key()
        self._hello = x25519.public_key(self._once)
        self._said = b""  # both hellos, once they have been said
        self._keys = None  # ours, and theirs
        self._sent = self._came = 0  # boxes
        self._bytes = b""  # that have come and are not used yet
        self._has_ended = False
        self._unsent = self._hello
        try:
            self._flush()
        except SocketClosedRemote:
            pass  # the first call hears of it

    def send(self, message):
        """As the API's; SocketWouldBlockError until the other side has said which key it has, and proved who it is."""
        with self._lock:
            self._flush()
        with self._receiving:
            while self._keys is None or not self._is_proven:
                self._take()
        return super().send(message)

    def recv(self, numbytes):
        """As the API's."""
        with self._lock:
            self._flush()
        try:
            return super().recv(numbytes)
        except SocketClosedRemote:
            self.was_cut_off = not self._has_ended
            raise

    def outgoing(self, data):
        return self._box(data)

    def incoming(self, data):
        self._bytes += data
        if self._keys is None and not self._learn():
            return b""
        return self.more()

    def more(self):
        if self._has_ended:
            raise SocketClosedRemote("the other side has closed the connection")
        if self._keys is None or len(self._bytes) < _SIZE:
            return b""
        size = int.from_bytes(self._bytes[:_SIZE], "big")
        if size > _LONGEST + chacha20poly1305.TAG_BYTES:
            raise ValueError("a box is too long")
        if len(self._bytes) < _SIZE + size:
            return b""
        box, self._bytes = self._bytes[_SIZE : _SIZE + size], self._bytes[_SIZE + size :]
        data = chacha20poly1305.decrypt(self._keys[1], _nonce(self._came), box)
        self._came += 1
        if not self._is_proven:
            ed25519.verify(self._public, data, self._said)
            self._is_proven = True
            return self.more()
        if not data:
            self._has_ended = True
        return data or self.more()

    def ending(self):
        return b"" if self._keys is None else self._box(b"")

    def _box(self, data):
        box = chacha20poly1305.encrypt(self._keys[0], _nonce(self._sent), data)
        self._sent += 1
        return len(box).to_bytes(_SIZE, "big") + box

    def _learn(self):
        """The keys, once the other side's has come. Whether it has. Raises ValueError for what is no key."""
        if len(self._bytes) < _HELLO:
            return False
        theirs, self._bytes = self._bytes[:_HELLO], self._bytes[_HELLO:]
        common = x25519.shared(self._once, theirs)
        self._said = b"seattle affix" + (theirs + self._hello if self._accepted else self._hello + theirs)
        made = hkdf.derive(common + self._secret, 64, info=self._said)
        with self._lock:
            self._keys = (made[32:], made[:32]) if self._accepted else (made[:32], made[32:])
            if self._private is not None:
                self._unsent += self._box(ed25519.sign(self._private, self._said))
                self._flush()
        return True


def _nonce(number):
    return number.to_bytes(12, "little")
