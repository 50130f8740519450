"""Challenges that are not kept: each says by itself for whom it is, until when, and that we made it.

So strangers who ask for challenges fill nothing. One can be answered more than once within its minute, which gives its
key another credential and nobody anything else.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from typing import Final

LIFETIME: Final = 60.0  # seconds
_RANDOM: Final = 16  # bytes
_FORM: Final = struct.Struct(f">d{_RANDOM}s32s")  # end in seconds since 1970, randomness, MAC


class Challenges:
    """Made and recognised by whoever knows the `secret`."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def make(self, key_id: str, *, now: float) -> str:
        """A challenge for this key. `now`: seconds since 1970."""
        ends, random = now + LIFETIME, secrets.token_bytes(_RANDOM)
        return base64.urlsafe_b64encode(_FORM.pack(ends, random, self._mac(key_id, ends, random))).decode()

    def is_ours(self, challenge: str, key_id: str, *, now: float) -> bool:
        """Whether we made this one for this key within the last minute."""
        try:
            ends, random, mac = _FORM.unpack(base64.urlsafe_b64decode(challenge))
        except (binascii.Error, struct.error, ValueError):
            return False
        return hmac.compare_digest(mac, self._mac(key_id, ends, random)) and now < ends <= now + LIFETIME

    def _mac(self, key_id: str, ends: float, random: bytes) -> bytes:
        return hmac.digest(self._secret, struct.pack(">d", ends) + random + key_id.encode(), hashlib.sha256)
