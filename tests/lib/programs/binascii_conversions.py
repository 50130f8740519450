import binascii

data = b"hello \x00\xff=\n\tworld"
print(binascii.hexlify(data), binascii.hexlify(data, ":", 2), binascii.b2a_hex(data, "-", -4))
print(binascii.unhexlify("68656C6c6f"), binascii.a2b_hex(b"00ff"))
print(binascii.b2a_base64(data), binascii.b2a_base64(data, newline=False), binascii.a2b_base64(b"aGk="))
print(binascii.b2a_qp(data), binascii.b2a_qp(data, quotetabs=True, istext=False, header=True))
print(binascii.a2b_qp("caf=C3=A9=\n!"), binascii.b2a_uu(data), binascii.a2b_uu(binascii.b2a_uu(data)))
print(binascii.crc32(data), binascii.crc32(b"world", binascii.crc32(b"hello ")), binascii.crc_hqx(data, 0xFFFF))
print(data.hex(), data.hex("_", 3), bytes.fromhex("68 65 6c"), bytearray.fromhex("ff00"))
for attempt in (
    lambda: binascii.unhexlify("abc"),
    lambda: binascii.unhexlify("zz"),
    lambda: binascii.a2b_base64("abcde"),
    lambda: binascii.a2b_base64("ab=c=", strict_mode=True),
    lambda: binascii.b2a_uu(bytes(46)),
    lambda: binascii.crc32("text"),
    lambda: bytes.fromhex("1"),
):
    try:
        print(attempt())
    except (binascii.Error, ValueError, TypeError) as why:
        print(type(why).__name__, why)
print(issubclass(binascii.Error, ValueError))
