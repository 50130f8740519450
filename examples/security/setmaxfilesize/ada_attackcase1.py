# A write that begins at the limit, and one that crosses it.
file = openfile("limit.txt", True)
file.setmaxfilesize(4)
file.writeat("abcdef", 0)
try:
    file.writeat("x", 4)
    log("a write at the limit was not refused\n")
except SeekPastEndOfFileError:
    pass
if file.readat(None, 0) != b"abcd":
    log("a write across the limit was not cut\n")
file.close()
removefile("limit.txt")
