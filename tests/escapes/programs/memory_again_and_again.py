# Twice what the vessel has, and then all of it in small pieces: an error each time, and life goes on.
for attempt in range(3):
    try:
        bytearray(2 * getresources()[0]["memory"])
        print("LEAKED: twice the memory")
    except MemoryError:
        print("refused: twice the memory")
pieces = []
try:
    while True:
        pieces.append(bytearray(1_000_000))
except MemoryError:
    taken = len(pieces) * 1_000_000
    del pieces
    print("refused: piece by piece" if taken <= getresources()[0]["memory"] else "LEAKED: piece by piece")
