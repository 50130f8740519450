"""Boxes: data that only the right one can open, and that opens only if nobody has changed it.

`seal` closes a box for whoever holds the private key of a public one, `lock` for all who know a shared secret. There
is no nonce to choose and nothing to forget: each box gets a key of its own, made with fresh randomness.

    private, public = boxes.new_keys()
    box = boxes.seal(b"hello", public)
    boxes.open_sealed(box, private)  # b"hello"

A sealed box does not tell who closed it, unless its `sender` is given on both sides: then it opens only if it was
closed with the sender's private key. (Or with the recipient's: it convinces nobody else. `signed` does.)

A box is a byte that says which kind it is, 32 bytes of randomness, the data encrypted by ChaCha20-Poly1305, and its
tag. The randomness is an X25519 key made for this box (`seal`), or a salt (`lock`); key and nonce are made by HKDF.

Missing: passwords. They are too easy to guess to lock a box; `secret_of_password` makes a secret of one.
"""

import hashlib
import secrets

import chacha20poly1305
import hkdf
import x25519

LONGER = 49  # bytes that a box has more than what is in it
ROUNDS = 600_000  # of PBKDF2

_SEALED, _SEALED_BY, _LOCKED = b"\1", b"\2", b"\3"  # the first byte of a box
_START = 33  # bytes before the encrypted data
_SECRET_BYTES = 16  # of a shared secret, at least


class BoxError(ValueError):
    """The box is for somebody else, from somebody else, or was changed."""


def new_keys():
    """A new pair of keys for `seal`, 32 bytes each: the private one to keep, the public one to give away."""
    private = x25519.new_key()
    return private, x25519.public_key(private)


def seal(data, to, sender=None, about=b""):
    """A box for the holder of the private key of `to`, with proof that it is from the holder of `sender`, if given.

    `sender` is your private key. `about` is not in the box, but has to be the same to open it: what the box is for, or
    the number of a message. Text is sent as UTF-8. Raises ValueError for keys that are none.
    """
    once, public = new_keys()
    kind, secret, parties = _SEALED, x25519.shared(once, to), to
    if sender is not None:
        kind, secret, parties = _SEALED_BY, secret + x25519.shared(sender, to), to + x25519.public_key(sender)
    return _closed(kind + public, secret, parties, data, about)


def open_sealed(box, private, sender=None, about=b""):
    """What is in a box that was sealed for your private key: by the holder of the public key `sender`, if given.

    A box without proof of its sender does not open if a sender is given, and neither does one with proof if none is.
    Raises BoxError.
    """
    kind = _SEALED if sender is None else _SEALED_BY
    once = _randomness(box, kind)
    try:
        secret, parties = x25519.shared(private, once), x25519.public_key(private)
        if sender is not None:
            secret, parties = secret + x25519.shared(private, sender), parties + sender
    except ValueError as wrong:
        raise BoxError(str(wrong)) from None
    return _opened(box, secret, parties, about)


def new_secret():
    """A new secret for `lock`: 32 random bytes."""
    return secrets.token_bytes(32)


def lock(data, secret, about=b""):
    """A box for all who know the secret: 16 bytes or more, which nobody can guess. `about` is as for `seal`.

    Raises ValueError for a secret that is too short.
    """
    return _closed(_LOCKED + secrets.token_bytes(32), _checked(secret), b"", data, about)


def unlock(box, secret, about=b""):
    """What is in a box that was locked with this secret. Raises BoxError."""
    _randomness(box, _LOCKED)
    return _opened(box, _checked(secret), b"", about)


def secret_of_password(password, salt, rounds=ROUNDS):
    """A secret for `lock` that is made of a password, in a second or so, for a guesser takes as long for each guess.

    The salt is 16 random bytes or more, which need not be secret: both sides must have the same.
    """
    if len(salt) < _SECRET_BYTES:
        raise ValueError(f"a salt has {_SECRET_BYTES} bytes at least, not {len(salt)}")
    return hashlib.pbkdf2_hmac("sha256", _bytes(password), salt, rounds)


def _closed(start, secret, parties, data, about):
    key, nonce = _key_and_nonce(start, secret, parties)
    return start + chacha20poly1305.encrypt(key, nonce, _bytes(data), _bytes(about))


def _opened(box, secret, parties, about):
    key, nonce = _key_and_nonce(box[:_START], secret, parties)
    try:
        return chacha20poly1305.decrypt(key, nonce, box[_START:], _bytes(about))
    except chacha20poly1305.InvalidTag:
        raise BoxError("the box is for somebody else, from somebody else, or was changed") from None


def _key_and_nonce(start, secret, parties):
    made = hkdf.derive(secret, 44, info=b"seattle box" + start + parties)
    return made[:32], made[32:]


def _randomness(box, kind):
    if len(box) < LONGER or box[:1] != kind:
        raise BoxError("this is no box of the kind that was to be opened, or it was cut short")
    return box[1:_START]


def _checked(secret):
    if len(secret) < _SECRET_BYTES:
        raise ValueError(f"a secret has {_SECRET_BYTES} bytes at least, not {len(secret)}: new_secret() makes one")
    return secret


def _bytes(data):
    return data.encode() if isinstance(data, str) else bytes(data)
