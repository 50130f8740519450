# Two lines after each other: the second begins after the spaces of the first.
file = openfile("lines.txt", True)
file.writeat("one\n", 0)
file.writeat("two\n", 8)
if file.readat(None, 0) != b"one\n    two\n    ":
    log("the second line was not indented\n")
file.close()
removefile("lines.txt")
