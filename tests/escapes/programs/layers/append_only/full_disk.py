# A write that fails half-way may leave the layer with a wrong idea of where the end is.
file = openfile("diary.txt", False)
end = len(file.readat(None, 0))
try:
    file.writeat("x" * 3000000, end)
except ResourceExhaustedError:
    pass
after = file.readat(None, 0)
assert len(after) > end, "the disk was full at once, which tries nothing"
file.writeat("Y", end)
