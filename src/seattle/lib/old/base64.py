"""The reference's base64, under its names. Python's `base64` does the work, and has more.

What is encoded is bytes, or text as UTF-8; what comes of encoding is text, what comes of decoding bytes. Decoding is as
forgiving as the reference's: it skips foreign characters and misses no padding.
"""

import base64

_ALPHABET = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")


def base64_b64encode(s, altchars=None):
    """The base64 of data. `altchars` are two characters in place of + and /."""
    text = base64.b64encode(_bytes(s)).decode()
    return text if altchars is None else text.translate(str.maketrans("+/", _text(altchars)))


def base64_b64decode(s, altchars=None):
    """The data of base64. Raises TypeError if there is a character too many or too few."""
    text = _text(s)
    if altchars is not None:
        text = text.translate(str.maketrans(_text(altchars), "+/"))
    digits = bytes(one for one in text.partition("=")[0].encode() if one in _ALPHABET)
    if len(digits) % 4 == 1:
        raise TypeError("this is no base64: six bits are left over")
    return base64.b64decode(digits + b"=" * (-len(digits) % 4))


def base64_standard_b64encode(s):
    """The base64 of data, with + and /."""
    return base64_b64encode(s)


def base64_standard_b64decode(s):
    """The data of base64, with + and /."""
    return base64_b64decode(s)


def base64_urlsafe_b64encode(s):
    """The base64 of data, with - and _, which mean nothing in a URL."""
    return base64_b64encode(s, "-_")


def base64_urlsafe_b64decode(s):
    """The data of base64, with - and _."""
    return base64_b64decode(s, "-_")


def _bytes(data):
    return data.encode() if isinstance(data, str) else data


def _text(data):
    return data if isinstance(data, str) else bytes(data).decode("latin-1")
