"""Bodies that only two parties can read: a NaCl box between sender and recipient.

A box proves to its recipient that the sender made it, but proves nothing to anybody else (either of the two
can make it): who must be able to show who said what also signs (see `tokens`).
"""

from __future__ import annotations

from functools import lru_cache

import nacl.exceptions
import nacl.public

from seattle.identity.errors import SealBroken
from seattle.identity.keys import KeyPair, PublicKey

NONCE_BYTES = nacl.public.Box.NONCE_SIZE  # 24, at the head of a box; random, so never used twice
MAX_BOXES = 1024  # of pairs of keys that are remembered; strangers can push others out, and no more


def seal(plain: bytes, *, sender: KeyPair, recipient: PublicKey) -> bytes:
    """Return a box that only the recipient (and the sender) can open."""
    return bytes(_box(sender, recipient).encrypt(plain))


def unseal(sealed: bytes, *, recipient: KeyPair, sender: PublicKey) -> bytes:
    """Return what was sealed. Raises SealBroken if a bit of it was changed, or the parties are not these."""
    try:
        return _box(recipient, sender).decrypt(sealed)
    except (nacl.exceptions.CryptoError, ValueError) as broken:
        raise SealBroken("the sealed body was altered, or made by or for another key") from broken


@lru_cache(MAX_BOXES)
def _box(own: KeyPair, other: PublicKey) -> nacl.public.Box:
    """The secret that the two share costs as much to find as the rest of a call, and each call wants it twice."""
    return nacl.public.Box(own.curve, other.curve)
