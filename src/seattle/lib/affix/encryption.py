"""EncryptionAffix: `(EncryptionAffix,SECRET)`, what goes over the network can be read and changed by nobody else.

The secret is text of 16 characters or more that both sides have and nobody can guess; `secrets.token_urlsafe()` makes
one. It proves to each side that the other has it. It is never announced, so the component belongs above a
CoordinationAffix.

For each connection both sides make X25519 keys. Of what they have in common and of the secret come two keys for
ChaCha20-Poly1305, one each way, so that what is recorded today can't be read by who learns the secret tomorrow, nor be
sent again. Boxes are numbered. A connection that was cut off by somebody else ends as one that was closed, with a
SocketClosedRemote, but its `was_cut_off` is true. A datagram is a box of `boxes`, by itself: it may come twice, as
datagrams do.

The time of the arithmetic depends on the keys, see `x25519`.
"""

import boxes
import chacha20poly1305
import hkdf
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
        if len(self.arguments) != 1 or len(self.arguments[0]) < _SHORTEST:
            raise AffixArgumentError(f"EncryptionAffix takes a secret of {_SHORTEST} characters or more")
        self._secret = self.arguments[0].encode()

    def text(self):
        """Without the secret."""
        return f"({self.name})"

    def outgoing(self, message):
        """In a box."""
        return boxes.lock(message, self._secret)

    def incoming(self, message):
        """Out of its box; None if it is none of ours."""
        try:
            return boxes.unlock(message, self._secret)
        except boxes.BoxError:
            return None

    def over(self, connection, accepted):
        """An encrypted connection."""
        return _Encrypted(connection, self._secret, accepted)


class _Encrypted(Transformed):
    most = _LONGEST

    def __init__(self, below, secret, accepted):
        super().__init__(below)
        self.was_cut_off = False
        self._secret = secret
        self._accepted = accepted
        self._private = x25519.new_key()
        self._hello = x25519.public_key(self._private)
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
        """As the API's; SocketWouldBlockError until the other side has said which key it has."""
        if self._keys is None:
            self._flush()
            with self._receiving:
                self._greet()
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
        if not data:
            self._has_ended = True
        return data or self.more()

    def ending(self):
        return b"" if self._keys is None else self._box(b"")

    def _box(self, data):
        box = chacha20poly1305.encrypt(self._keys[0], _nonce(self._sent), data)
        self._sent += 1
        return len(box).to_bytes(_SIZE, "big") + box

    def _greet(self):
        """Take the other side's key, and no more. Raises SocketWouldBlockError if it has not come."""
        while self._keys is None:
            self._bytes += self._below.recv(_HELLO - len(self._bytes))
            try:
                self._learn()
            except ValueError as why:
                self._below.close()
                raise SocketClosedRemote(f"what came is not what the stack expects: {why}") from None

    def _learn(self):
        """The keys, once the other side's has come. Whether it has. Raises ValueError for what is no key."""
        if len(self._bytes) < _HELLO:
            return False
        theirs, self._bytes = self._bytes[:_HELLO], self._bytes[_HELLO:]
        common = x25519.shared(self._private, theirs)
        opener, accepter = (theirs, self._hello) if self._accepted else (self._hello, theirs)
        made = hkdf.derive(common + self._secret, 64, info=b"seattle affix" + opener + accepter)
        self._keys = (made[32:], made[:32]) if self._accepted else (made[:32], made[32:])
        return True


def _nonce(number):
    return number.to_bytes(12, "little")
