# More than the vessel has, in pieces too small to be noticed one by one.
pieces = []
while True:
    pieces.append([len(pieces)] * 10)
