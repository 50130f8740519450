"""A small database in a file: records of fixed size, an index, checksums, and compressed notes."""

import struct
import zlib

RECORD = struct.Struct("<I16sdI")
people = [(7, "Ann", 1.75, "likes trees"), (3, "Bob", 1.82, "sings " * 30), (12, "Zoë", 1.6, "")]
notes, index = bytearray(), {}
with open("people.db", "wb") as file:
    file.write(b"DB1\0" + struct.pack("<H", len(people)))
    for number, name, height, note in people:
        index[number] = file.tell()
        packed = zlib.compress(note.encode())
        record = RECORD.pack(number, name.encode(), height, len(packed))
        file.write(record + packed + struct.pack("<I", zlib.crc32(record + packed)))

with open("people.db", "rb") as file:
    magic, count = struct.unpack("<4sH", file.read(6))
    print(magic, count, sorted(index.items()))
    for number in sorted(index):
        file.seek(index[number])
        record = file.read(RECORD.size)
        found, name, height, size = RECORD.unpack(record)
        packed = file.read(size)
        (checksum,) = struct.unpack("<I", file.read(4))
        note = zlib.decompress(packed).decode()
        print(found, name.rstrip(b"\0").decode(), height, note[:12], len(note), checksum == zlib.crc32(record + packed))
