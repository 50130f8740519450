import hashlib
import io

with open("data.bin", "wb") as file:
    file.write(bytes(range(256)) * 1000)
for digest in ("sha256", hashlib.sha1, "blake2b", lambda: hashlib.blake2s(digest_size=4)):
    with open("data.bin", "rb") as file:
        print(hashlib.file_digest(file, digest).hexdigest(), file.read())
with open("data.bin", "rb") as file:
    file.seek(255_000)
    print(hashlib.file_digest(file, "md5").hexdigest())
made = hashlib.file_digest(io.BytesIO(b"in memory"), "sha3_256")
print(made.name, made.digest().hex())
for file, digest in ((io.StringIO("text"), "sha256"), (io.BytesIO(), "nothing")):
    try:
        hashlib.file_digest(file, digest)
    except ValueError as why:
        print(type(why).__name__)
