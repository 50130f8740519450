"""The ids of Seattle's users, nodes and operators: Ed25519 public keys as text, 56 characters that begin with `U`.

`seattle whoami` shows yours, `seattle vessels` those of nodes. The last characters are a checksum, so a mistyped id is
known for one. NATS calls the form an nkey.

Missing: seeds (`S...`), for a private key has no business in a vessel, and the ids of accounts, operators and servers.
"""

import base64
import binascii

_USER = bytes([20 << 3])  # shows as U, the 20th letter from A
_CHARACTERS = 56
_KEY_BYTES = 32


def id_of(public):
    """The id of a public key of 32 bytes. Raises ValueError for other bytes."""
    if len(public) != _KEY_BYTES:
        raise ValueError(f"a public key has {_KEY_BYTES} bytes, not {len(public)}")
    data = _USER + public
    return base64.b32encode(data + binascii.crc_hqx(data, 0).to_bytes(2, "little")).decode().rstrip("=")


def public_of(text):
    """The public key, 32 bytes, of an id. Raises ValueError for text that is none."""
    try:
        data = base64.b32decode(text if len(text) == _CHARACTERS else "")
    except ValueError:  # what is no base32
        data = b""
    public = data[1 : 1 + _KEY_BYTES]
    if not data or data[:1] != _USER or id_of(public) != text:
        raise ValueError(
            f"an id has {_CHARACTERS} characters that begin with U; a character of this is missing or wrong"
        )
    return public
