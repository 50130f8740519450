"""X25519: two parties who know each other's public key find a secret that only they know.

RFC 7748's, the key exchange of TLS, SSH and WireGuard. Keys are 32 bytes. Do not encrypt with what `shared` gives:
make a key of it with `hkdf`. `boxes` does all of this, and is what most programs want. On one core of a small server
some 1,200 secrets can be found in a second. As `ed25519`, it is not constant-time.

Missing: X448, for X25519 is strong enough.
"""

import hashlib
import secrets

import ed25519

KEY_BYTES = 32

_P = ed25519.P
_BASE = (9).to_bytes(32, "little")


def new_key():
    """A new private key: 32 random bytes."""
    return secrets.token_bytes(KEY_BYTES)


def public_key(private):
    """The public key of a private one. Raises ValueError if that has not 32 bytes."""
    return _times(private, _BASE)


def shared(private, public):
    """The secret, 32 bytes, that the holder of the other private key finds with your public one.

    Raises ValueError for a public key of low order, with which everybody would find the same secret.
    """
    secret = _times(private, public)
    if secret == bytes(KEY_BYTES):
        raise ValueError("this public key is not safe: everybody could find the secret")
    return secret


def public_of_ed25519(public):
    """The X25519 key of whoever signs with this Ed25519 key. Raises ValueError for what is no safe key."""
    point = ed25519.decode_point(public)
    if ed25519.has_low_order(point):
        raise ValueError("this public key is not safe: it has low order")
    y = point[1]
    return ((1 + y) * pow(1 - y, -1, _P) % _P).to_bytes(KEY_BYTES, "little")


def private_of_ed25519(private):
    """The private X25519 key of whoever has this private Ed25519 key."""
    if len(private) != KEY_BYTES:
        raise ValueError(f"a private key has {KEY_BYTES} bytes, not {len(private)}")
    return hashlib.sha512(private).digest()[:KEY_BYTES]


def _times(scalar, point):
    """Montgomery's ladder: so many times the point of which the bytes are the u coordinate."""
    if len(scalar) != KEY_BYTES or len(point) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(scalar)} and {len(point)}")
    number = int.from_bytes(scalar, "little") & (1 << 254) - 8 | 1 << 254
    u = (int.from_bytes(point, "little") & (1 << 255) - 1) % _P
    x2, z2, x3, z3 = 1, 0, u, 1
    for at in range(254, -1, -1):
        if swapped := number >> at & 1:
            x2, z2, x3, z3 = x3, z3, x2, z2
        plus, minus = x2 + z2, x2 - z2
        square, other = plus * plus % _P, minus * minus % _P
        one, two = (x3 - z3) * plus % _P, (x3 + z3) * minus % _P
        x3, z3 = (one + two) ** 2 % _P, u * ((one - two) ** 2 % _P) % _P
        e = square - other
        x2, z2 = square * other % _P, e * (square + 121665 * e) % _P
        if swapped:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, _P - 2, _P) % _P).to_bytes(KEY_BYTES, "little")
