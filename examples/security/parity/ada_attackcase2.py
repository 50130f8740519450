# An even number of odd octets, in two rows, of which each has one too many.
file = openfile("across.txt", True)
file.writeat("bbbbbbbbbbbbbbbb", 0)
try:
    file.writeat("aa", 7)
    log("a write across two rows made both odd\n")
except RepyParityError:
    pass
if file.readat(None, 0) != b"bbbbbbbbbbbbbbbb":
    log("a refused write has changed the file\n")
file.close()
removefile("across.txt")
