"""HKDF: keys made of a secret, as many as are needed, none of which tells anything of another.

RFC 5869's, with SHA-256. The secret must be hard to guess already: for passwords there is `hashlib.pbkdf2_hmac`.
"""

import hmac

MOST = 255 * 32  # bytes


def derive(secret, size, salt=b"", info=b""):
    """So many bytes, made of the secret, of a salt that may be known to all, and of what they are for.

    Raises ValueError for more than 8160 bytes.
    """
    return expand(extract(salt, secret), info, size)


def extract(salt, secret):
    """A key of 32 bytes, from a secret whose bytes are not all equally random."""
    return hmac.digest(bytes(salt) or bytes(32), secret, "sha256")


def expand(key, info, size):
    """So many bytes for one use (`info`) of a key that `extract` gave."""
    if not 0 <= size <= MOST:
        raise ValueError(f"a key gives 0 to {MOST} bytes, not {size}")
    found = last = b""
    for count in range(1, -(-size // 32) + 1):
        last = hmac.digest(key, last + info + bytes([count]), "sha256")
        found += last
    return found[:size]
