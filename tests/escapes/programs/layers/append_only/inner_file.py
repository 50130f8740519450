# Reach for what the layer's object holds.
file = openfile("diary.txt", False)
for name in ("file", "inner", "target", "lock", "size"):
    assert not hasattr(file, name), "LEAKED"
file.file.writeat("X", 0)
