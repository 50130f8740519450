import gzip
import zlib

text = b"the cat and the dog and the bird, " * 300
packed = gzip.compress(text, mtime=0)
print(len(packed) < 200, packed[:3], packed[4:8], gzip.decompress(packed) == text)
print(gzip.decompress(gzip.compress(b"one ") + gzip.compress(b"two") + bytes(5)), gzip.decompress(b""))
print(zlib.decompress(gzip.compress(text, 1), 31) == text, gzip.compress(b"", mtime=5)[4:8])
print(len(gzip.decompress(gzip.compress(bytes(10**6)))))
damaged = bytearray(packed)
damaged[-6] ^= 1
for attempt in (b"no gzip", b"\x1f", packed[:40], packed[:-3], bytes(damaged), packed + b"more"):
    try:
        print(len(gzip.decompress(attempt)))
    except (EOFError, gzip.BadGzipFile) as why:
        print(type(why).__name__, issubclass(type(why), OSError))
try:
    gzip.compress("text")
except TypeError:
    print("bytes only")
