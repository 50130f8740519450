"""Ed25519: signatures that anybody can check and only the holder of a private key can make.

RFC 8032's, those of OpenSSH keys and of Seattle's users, nodes and operators (`nkey` reads their ids). A private key
is 32 random bytes, a public key 32 bytes, a signature 64. `signed` puts a time, a recipient and a number beside the
data; it is what most programs want. On one core of a small server some 2,000 signatures can be made in a second, and
800 checked; the first of either takes 5 ms more.

This is not constant-time: numbers of Python take longer the longer they are, so somebody who can measure many
signatures of yours to the microsecond could learn about your key. Sign where nobody measures, or with a key that
matters for this program only.

Missing: Ed25519ctx and Ed25519ph, which nobody uses here.
"""

import functools
import hashlib
import secrets

KEY_BYTES = 32
SIGNATURE_BYTES = 64

P = 2**255 - 19  # coordinates count modulo this
ORDER = 2**252 + 27742317777372353535851937790883648493  # of the base point

_D = -121665 * pow(121666, -1, P) % P
_ROOT = pow(2, (P - 1) // 4, P)  # of -1
_SIGN = 1 << 255  # the bit of an encoded point that says which of the two x it has

# A point is (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z.
_NEUTRAL = (0, 1, 1, 0)


class BadSignature(ValueError):
    """This key's holder did not sign this message."""


def new_key():
    """A new private key: 32 random bytes."""
    return secrets.token_bytes(KEY_BYTES)


def public_key(private):
    """The public key of a private one. Raises ValueError if that has not 32 bytes."""
    return encode_point(_times_base(_halves(private)[0]))


def sign(private, message):
    """The signature of a message, 64 bytes; the same each time. Raises ValueError for a key that has not 32 bytes."""
    secret, prefix = _halves(private)
    public = encode_point(_times_base(secret))
    once = _number(prefix, message) % ORDER
    point = encode_point(_times_base(once))
    return point + ((once + _number(point, public, message) * secret) % ORDER).to_bytes(32, "little")


def verify(public, signature, message):
    """Raise BadSignature unless the holder of the public key has signed the message.

    Strict: a key or point of low order is refused, since one signature would fit many messages, and so is every other
    way to write the same signature.
    """
    if len(public) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        raise BadSignature(f"a public key has {KEY_BYTES} bytes and a signature {SIGNATURE_BYTES}")
    public, point, number = bytes(public), bytes(signature[:32]), int.from_bytes(signature[32:], "little")
    try:
        key = decode_point(public)
    except ValueError:
        raise BadSignature("these 32 bytes are no public key") from None
    if number >= ORDER or has_low_order(key):
        raise BadSignature("this key or signature fits more than one message")
    x, y, z, t = key
    minus = (P - x, y, z, P - t)
    found = _add(_times_base(number), _times(minus, _number(point, public, message) % ORDER))
    if encode_point(found) != point or has_low_order(found):
        raise BadSignature("this key's holder did not sign this message")


def encode_point(point):
    """The 32 bytes of a point of the curve."""
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    return (y * inverse % P | (x * inverse % P & 1) << 255).to_bytes(32, "little")


def decode_point(data):
    """The point of 32 bytes. Raises ValueError for what is none, or not written as points are."""
    number = int.from_bytes(data, "little")
    y = number & _SIGN - 1
    u, v = (y * y - 1) % P, (_D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x + u) % P == 0:
        x = x * _ROOT % P
    odd = number >> 255
    if len(data) != KEY_BYTES or y >= P or (v * x * x - u) % P or (x == 0 and odd):
        raise ValueError("these bytes are no point of the curve")
    if x & 1 != odd:
        x = P - x
    return (x, y, 1, x * y % P)


def has_low_order(point):
    """Whether eight times the point is nothing: there are eight such points, which no honest key is."""
    for _ in range(3):
        point = _double(point)
    x, y, z, _ = point
    return x == 0 and y == z


def _halves(private):
    """The number and the secret prefix that a private key stands for."""
    if len(private) != KEY_BYTES:
        raise ValueError(f"a private key has {KEY_BYTES} bytes, not {len(private)}")
    digest = hashlib.sha512(private).digest()
    return int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254, digest[32:]


def _number(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def _add(one, other):
    x1, y1, z1, t1 = one
    x2, y2, z2, t2 = other
    a, b = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * _D * t1 % P * t2 % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _double(point):
    x, y, z, _ = point
    a, b = x * x % P, y * y % P
    h, g = a + b, a - b
    e, f = h - (x + y) ** 2 % P, 2 * z * z % P + g
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _multiples(point):
    """0 to 15 times the point."""
    found = [_NEUTRAL]
    for _ in range(15):
        found.append(_add(found[-1], point))
    return found


def _times(point, number):
    multiples = _multiples(point)
    total = _NEUTRAL
    for at in range(252, -4, -4):
        total = _add(_double(_double(_double(_double(total)))), multiples[number >> at & 15])
    return total


def _times_base(number):
    total = _NEUTRAL
    for multiples in _base():
        total = _add(total, multiples[number & 15])
        number >>= 4
    return total


@functools.cache
def _base():
    """0 to 15 times the base point, 0 to 15 times 16 times it, and so on: made when first needed, in 5 ms."""
    point = decode_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    found = []
    for _ in range(64):
        multiples = _multiples(point)
        found.append(multiples)
        point = _add(multiples[15], point)
    return found
