import zlib

text = b"the cat and the dog and the bird, " * 200
for level in (zlib.Z_NO_COMPRESSION, zlib.Z_BEST_SPEED, 6, zlib.Z_BEST_COMPRESSION, zlib.Z_DEFAULT_COMPRESSION):
    packed = zlib.compress(text, level)
    print(level, len(packed) < len(text), zlib.decompress(packed) == text)
print(zlib.crc32(text), zlib.adler32(text), zlib.crc32(text[10:], zlib.crc32(text[:10])) == zlib.crc32(text))

for window in (15, -15, 31):  # zlib's form, none, gzip's
    packer = zlib.compressobj(9, zlib.DEFLATED, window, 8, zlib.Z_DEFAULT_STRATEGY)
    stream = b"".join([*(packer.compress(text[at : at + 1000]) for at in range(0, len(text), 1000)), packer.flush()])
    unpacker = zlib.decompressobj(window)
    found = b"".join(unpacker.decompress(stream[at : at + 50]) for at in range(0, len(stream), 50)) + unpacker.flush()
    print(window, found == text, unpacker.eof, unpacker.unused_data)

packer = zlib.compressobj(zdict=b"the cat and the dog")
packed = packer.compress(b"the cat and the dog") + packer.flush(zlib.Z_FINISH)
print(zlib.decompressobj(zdict=b"the cat and the dog").decompress(packed))

bounded = zlib.decompressobj()
first = bounded.decompress(zlib.compress(bytes(10**6)) + b"after", 1000)
print(len(first), len(bounded.unconsumed_tail) > 0, bounded.eof)
rest = bounded.decompress(bounded.unconsumed_tail)
print(len(rest), bounded.eof, bounded.unused_data)

packer = zlib.compressobj()
halves = packer.compress(b"first ") + packer.flush(zlib.Z_SYNC_FLUSH)
unpacker = zlib.decompressobj()
print(unpacker.decompress(halves), unpacker.copy().decompress(packer.compress(b"second") + packer.flush()))
for attempt in (
    lambda: zlib.decompress(b"no stream"),
    lambda: zlib.decompress(zlib.compress(text)[:-5]),
    lambda: zlib.compress("text"),
    lambda: zlib.compress(b"", 10),
    lambda: zlib.decompressobj().decompress(b"", -1),
):
    try:
        print(attempt())
    except (zlib.error, TypeError, ValueError) as why:
        print(type(why).__name__, why)
print([zlib.DEF_BUF_SIZE, zlib.DEF_MEM_LEVEL, zlib.MAX_WBITS, zlib.Z_PARTIAL_FLUSH, zlib.Z_BLOCK, zlib.Z_TREES])
