# A file becomes hidden by two writes, and visible again by one.
file = openfile("private_a", True)
file.writeat("I", 0)
file.writeat("NVx", 1)
if "private_a" in listfiles():
    log("a file that begins with INV is listed\n")
file.writeat("X", 1)
if "private_a" not in listfiles():
    log("a file that does not begin with INV any more is not listed\n")
file.close()
removefile("private_a")
