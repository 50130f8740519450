"""The reference's hexadecimal numbers, under its names. Python's `binascii` does the work, and has more."""

import binascii


def binascii_a2b_hex(hexstr):
    """The bytes of hexadecimal digits. Raises TypeError if there are other characters, or not two for each byte."""
    try:
        return binascii.unhexlify(hexstr)
    except ValueError as why:
        raise TypeError(str(why)) from None


def binascii_b2a_hex(data):
    """The hexadecimal digits of bytes, or of text as UTF-8."""
    return (data.encode() if isinstance(data, str) else data).hex()
