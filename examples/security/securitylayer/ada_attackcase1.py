# The two octets come in two writes.
file = openfile("split.txt", True)
file.writeat("M", 0)
try:
    file.writeat("Z", 1)
    log("MZ was written in two parts\n")
except ValueError:
    pass
if file.readat(2, 0) != b"M":
    log("a refused write has changed the file\n")
file.close()
removefile("split.txt")
