# What one file permits is nothing to another.
one, other = openfile("one.txt", True), openfile("other.txt", True)
one.setread(True)
one.setappend(True)
try:
    other.readat(None, 0)
    log("a file was read by another one's permission\n")
except ValueError:
    pass
try:
    other.writeat("x", 0)
    log("a file was written by another one's permission\n")
except ValueError:
    pass
for file, name in ((one, "one.txt"), (other, "other.txt")):
    file.close()
    removefile(name)
