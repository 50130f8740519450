"""What can go wrong with keys and messages. Programs look at `code`, people read the text.

IdentityError
├── InvalidKey              text or bytes that are no Ed25519 key of the kind wanted
│   └── UnsafeKey           a point with which signatures or seals would be worthless
├── BadSignature            the key did not sign this message
├── SealBroken              the box was altered, or made for or by somebody else
├── KeyFileError            a key file can't be used
│   ├── KeyFileMissing      there is none
│   ├── KeyFileExists       there is one already, and nobody asked to replace it
│   ├── KeyFileExposed      other users of this computer can read it
│   ├── KeyFileUnreadable   it holds no key that we know
│   ├── PassphraseNeeded    it is protected, and no passphrase was given
│   ├── WrongPassphrase     it is protected by another passphrase
│   └── PassphraseUnsupported  this installation lacks what protects keys
└── EnvelopeError           a message was refused
    ├── Malformed           not a message, or of a version we don't speak
    │   └── TooLarge        longer than any message may be
    ├── Tampered            altered on the way, or forged
    ├── Misdelivered        meant for another node
    ├── OutOfTime           authentic, but its time is not now
    │   ├── Expired
    │   └── FromTheFuture
    ├── Replayed            authentic, but here before
    ├── TooManyRequests     more live requests than a node remembers
    ├── NotRemembered       authentic, but the node's disk takes no record of it
    ├── WrongReply          authentic, but the reply to another request
    └── ClockSkew           the node answers that our clock and its own differ
"""
# ruff: noqa: N818 - what went wrong is the name; the suffix is for bases, as elsewhere in the house

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:  # keys raise these errors, so the errors can't import keys
    from seattle.identity.envelope import Request
    from seattle.identity.keys import PublicKey


class IdentityError(Exception):
    """Base of all errors of this package. `hint` says what to do, where there is something to do."""

    code: ClassVar[str] = "identity"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class InvalidKey(IdentityError):
    """Text or bytes that are no Ed25519 key of the kind wanted."""

    code = "invalid-key"


class UnsafeKey(InvalidKey):
    """A point of low order, off the curve or not in canonical form."""

    code = "unsafe-key"


class BadSignature(IdentityError):
    """The key did not sign this message."""

    code = "bad-signature"


class SealBroken(IdentityError):
    """A sealed body can't be opened: it was altered, or made for or by somebody else."""

    code = "seal-broken"


class KeyFileError(IdentityError):
    """A key file can't be used."""

    code = "key-file"


class KeyFileMissing(KeyFileError):
    """There is no such key file."""

    code = "key-file-missing"


class KeyFileExists(KeyFileError):
    """A file is there already, and nobody asked to replace it."""

    code = "key-file-exists"


class KeyFileExposed(KeyFileError):
    """Other users of this computer can read or change the private key."""

    code = "key-file-exposed"


class KeyFileUnreadable(KeyFileError):
    """The file holds no key that we know."""

    code = "key-file-unreadable"


class PassphraseNeeded(KeyFileError):
    """The private key is protected, and no passphrase was given."""

    code = "passphrase-needed"


class WrongPassphrase(KeyFileError):
    """The private key is protected by another passphrase."""

    code = "wrong-passphrase"


class PassphraseUnsupported(KeyFileError):
    """This installation lacks the library that protects keys with a passphrase."""

    code = "passphrase-unsupported"


class EnvelopeError(IdentityError):
    """A message was refused."""

    code = "envelope"


class Malformed(EnvelopeError):
    """Not a message, or one of a version that we don't speak."""

    code = "malformed"


class TooLarge(Malformed):
    """Longer than any message may be."""

    code = "too-large"


class Tampered(EnvelopeError):
    """Altered on the way, or forged."""

    code = "tampered"


class Misdelivered(EnvelopeError):
    """Meant for another node."""

    code = "misdelivered"


class OutOfTime(EnvelopeError):
    """A request that is authentic in every way, but whose time is not now.

    It carries what `envelope.seal_skew_reply` needs. `issued_at`: seconds since 1970, by the caller's clock.
    """

    code = "out-of-time"

    def __init__(self, message: str, *, caller: PublicKey, nonce: bytes, issued_at: float) -> None:
        super().__init__(message, hint="set the clock, or repeat the call with the node's offset")
        self.caller = caller
        self.nonce = nonce
        self.issued_at = issued_at


class NotRemembered(EnvelopeError):
    """A request that is authentic, and of which no record can be kept: it could come again, and be served twice."""

    code = "not-remembered"

    def __init__(self, message: str, *, request: Request) -> None:
        super().__init__(message, hint="the node's disk is full or broken; its donor has to mend it")
        self.request = request


class Expired(OutOfTime):
    """Its validity has ended."""

    code = "expired"


class FromTheFuture(OutOfTime):
    """Its validity has not begun."""

    code = "from-the-future"


class Replayed(EnvelopeError):
    """An authentic request that was here before: served already, or refused for its time."""

    code = "replayed"


class TooManyRequests(EnvelopeError):
    """More requests are alive than the node remembers; refused, because it couldn't tell a replay of them."""

    code = "too-many-requests"


class WrongReply(EnvelopeError):
    """An authentic reply, but to another request."""

    code = "wrong-reply"


class ClockSkew(EnvelopeError):
    """The node answers that the request's time is not now by its clock.

    `node_time` (seconds since 1970) is when the node answered: its difference to the clock here, now, is what to seal
    the next request with. `offset` (seconds) is for people: a request that was held back on its way adds to it. Both
    tell of the clock of that one node: never use them for another.
    """

    code = "clock-skew"

    def __init__(self, *, offset: float, node_time: float) -> None:
        ahead = "ahead of" if offset > 0 else "behind"
        super().__init__(
            f"the node's clock is {abs(offset):.1f} s {ahead} the time of the request",
            hint="set this computer's clock, for example by turning on network time",
        )
        self.offset = offset
        self.node_time = node_time
