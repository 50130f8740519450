import struct

HEADER = struct.Struct("!BBHIq")
packet = HEADER.pack(4, 255, 65535, 2**32 - 1, -5) + struct.pack("<4sf?d", b"ab", 1.5, True, -0.0)
print(packet.hex(), HEADER.size, HEADER.format, len(packet))
print(HEADER.unpack_from(packet), struct.unpack_from("<4sf?d", packet, HEADER.size))
for form in (
    "b",
    "B",
    "h",
    "i",
    "l",
    "q",
    "e",
    "f",
    "d",
    "c",
    "5s",
    "5p",
    "x",
    "3H",
    "n",
    "P",
    "@bl",
    "=bl",
    "<bl",
    "2xH",
):
    print(form, struct.calcsize(form), end="; ")
print()
print(list(struct.iter_unpack(">hB", bytes(range(9)))), struct.unpack("<q", b"\xfe" + b"\xff" * 7))
room = bytearray(12)
struct.pack_into(">IH", room, 3, 0xDEADBEEF, 0xCAFE)
print(room.hex(), struct.unpack(">e", struct.pack(">e", 0.1)), struct.pack("5p", b"abcdefg"))
for attempt in (
    lambda: struct.pack("B", 256),
    lambda: struct.pack("!h", 2**15),
    lambda: struct.pack("z", 1),
    lambda: struct.pack("I", 1.5),
    lambda: struct.pack("2s", "text"),
    lambda: struct.pack("BB", 1),
    lambda: struct.unpack("I", b"abc"),
    lambda: struct.unpack_from("I", b"abcd", 1),
    lambda: list(struct.iter_unpack("H", b"abc")),
    lambda: struct.pack_into("I", bytearray(2), 0, 1),
    lambda: struct.pack("f", 1e300),
):
    try:
        print(attempt())
    except (struct.error, OverflowError) as why:
        print(type(why).__name__, why)
