import hashlib

data = bytes(range(256)) * 3
for name in sorted(hashlib.algorithms_guaranteed):
    size = {"shake_128": 16, "shake_256": 32}.get(name)
    made = hashlib.new(name, data)
    digest = made.hexdigest(size) if size else made.hexdigest()
    print(name, made.digest_size, made.block_size, made.name, digest)

piecewise = hashlib.sha256()
for start in range(0, len(data), 100):
    piecewise.update(data[start : start + 100])
fork = piecewise.copy()
fork.update(b"more")
print(piecewise.hexdigest() == hashlib.sha256(data).hexdigest(), fork.hexdigest())
print(hashlib.sha1(b"", usedforsecurity=False).hexdigest(), hashlib.md5(bytearray(b"abc")).digest())
print(hashlib.blake2b(b"x", digest_size=8, key=b"key", salt=b"salt", person=b"me").hexdigest())
print(hashlib.blake2s(b"x", digest_size=4, fanout=2, depth=2, leaf_size=64, node_offset=1).hexdigest())
print(hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 1000).hex())
print(hashlib.pbkdf2_hmac("sha1", b"password", b"salt", 2, dklen=7).hex())
