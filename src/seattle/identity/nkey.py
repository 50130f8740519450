"""How a key is written as text: the checksummed base32 form that NATS calls an nkey.

One byte says what the key is for (chosen so that it shows as the first letter), 32 bytes are the key, 2 are a
CRC-16. Seeds (secret) take two bytes, which show as `S` and the letter of the public key that they make.
"""

from __future__ import annotations

import base64
import binascii
from enum import StrEnum

from seattle.identity.errors import InvalidKey

KEY_BYTES = 32


class NkeyKind(StrEnum):
    """What a key is for, by the letters with which its text begins."""

    USER = "U"
    ACCOUNT = "A"
    OPERATOR = "O"
    SERVER = "N"
    USER_SEED = "SU"
    ACCOUNT_SEED = "SA"
    OPERATOR_SEED = "SO"
    SERVER_SEED = "SN"

    @property
    def is_secret(self) -> bool:
        """Whether text of this kind must never be shown."""
        return len(self.value) == 2


def encode_nkey(kind: NkeyKind, raw: bytes) -> str:
    """Return the text of 32 bytes of key: 56 characters, or 58 for a seed."""
    if len(raw) != KEY_BYTES:
        raise InvalidKey(f"a key has {KEY_BYTES} bytes, not {len(raw)}")
    data = _PREFIX[kind] + raw
    checksum = binascii.crc_hqx(data, 0).to_bytes(2, "little")
    return base64.b32encode(data + checksum).decode().rstrip("=")


def decode_nkey(text: str) -> tuple[NkeyKind, bytes]:
    """Return what the key is for, and its 32 bytes.

    Raises InvalidKey if anything is wrong with the text. The error never quotes it, since it may be a seed.
    """
    if len(text) not in _LENGTHS:
        raise InvalidKey(f"an nkey has 56 characters (a seed 58), not {len(text)}")
    try:
        data = base64.b32decode(text + "=" * (-len(text) % 8))
    except ValueError:
        # From None: the original would carry the text, hence perhaps a seed, into a traceback.
        raise InvalidKey("an nkey consists of the letters A to Z and the digits 2 to 7") from None
    body, checksum = data[:-2], data[-2:]
    if binascii.crc_hqx(body, 0).to_bytes(2, "little") != checksum:
        raise InvalidKey("the checksum of the nkey is wrong: a character is missing or mistyped")
    kind = _KIND.get(body[:-KEY_BYTES])
    if kind is None:
        raise InvalidKey("the nkey is of a kind that is not used here")
    raw = body[-KEY_BYTES:]
    if encode_nkey(kind, raw) != text:  # a seed's last character has two bits to spare: one text for one key
        raise InvalidKey("the nkey is not in canonical form")
    return kind, raw


def _prefix(kind: NkeyKind) -> bytes:
    letter = _five_bits(kind.value[-1])
    if not kind.is_secret:
        return bytes([letter << 3])
    # Ten bits for the two letters, the rest zero.
    return (_five_bits("S") << 11 | letter << 6).to_bytes(2, "big")


def _five_bits(letter: str) -> int:
    return ord(letter) - ord("A")


_PREFIX = {kind: _prefix(kind) for kind in NkeyKind}
_KIND = {prefix: kind for kind, prefix in _PREFIX.items()}
_LENGTHS = {len(encode_nkey(kind, bytes(KEY_BYTES))) for kind in NkeyKind}
