# Two writes and one undo: the first stays, and can be read as soon as the second has come.
file = openfile("undo.txt", True)
file.writeat("first", 0)
if file.readat(None, 0) != b"":
    log("a pending write was read\n")
file.writeat("second", 5)
if file.readat(None, 0) != b"first":
    log("a write that is pending no longer can't be read\n")
file.undo()
file.undo()
file.close()
file = openfile("undo.txt", False)
if file.readat(None, 0) != b"first":
    log("undo has dropped the wrong write\n")
file.close()
removefile("undo.txt")
