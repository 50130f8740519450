# What Python's open is made of.
file = open("diary.txt", "r+")
raw = file.buffer.raw
for name in ("file", "store", "inner"):
    assert not hasattr(raw, name), "LEAKED"
raw.write(b"X")
