# What is written can't be read before the file is closed, and can then.
file = ABopenfile("story", True)
if file.readat(None, 0) != b"SE":
    log("a new file does not read SE\n")
file.writeat("S and then E", 0)
if file.readat(None, 0) != b"SE":
    log("what was written was read before the end\n")
file.close()
file = ABopenfile("story", False)
if file.readat(None, 0) != b"S and then E":
    log("valid data were lost\n")
file.close()
