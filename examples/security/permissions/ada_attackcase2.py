# A write across the end, with one of the two permissions each time.
file = openfile("across.txt", True)
file.setread(True)
file.setappend(True)
file.writeat("abcd", 0)
try:
    file.writeat("WXYZ", 2)
    if file.readat(None, 0) != b"abcdYZ":
        log("with append alone the part before the end was not skipped\n")
    file.setappend(False)
    file.setwrite(True)
    file.writeat("1234", 4)
    if file.readat(None, 0) != b"abcd12":
        log("with write alone the part after the end was not dropped\n")
except ValueError:
    log("a write that is permitted in part was refused\n")
file.close()
removefile("across.txt")
