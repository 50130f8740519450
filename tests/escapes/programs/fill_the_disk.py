# As much as the vessel may store, and a byte.
f = openfile("big", True)
position = 0
while True:
    f.writeat(b"x" * 10_000, position)
    position += 10_000
