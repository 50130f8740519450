# A write that fails for want of room may leave the layer with a wrong idea of where the end is.
file = openfile("diary.txt", False)
end = position = len(file.readat(None, 0))
try:
    while True:
        file.writeat("x" * 300000, position)
        position += 300000
except ResourceExhaustedError:
    pass
after = file.readat(None, 0)
assert len(after) > end, "the disk was full at once, which tries nothing"
file.writeat("Y", end)
