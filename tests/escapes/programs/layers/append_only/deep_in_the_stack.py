# Call so deep in the stack that the layer fails half-way, between its write and its note of the new end.
file = openfile("diary.txt", False)
end = len(file.readat(None, 0))


def dive(depth):
    try:
        dive(depth + 1)
    except RecursionError:
        file.writeat("X", end)


try:
    dive(0)
except RepyException:
    pass
file.writeat("Y", end)
