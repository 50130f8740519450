# A file that is too long already, and sizes that are none.
file = openfile("long.txt", True)
file.writeat("abcdef", 0)
file.setmaxfilesize(3)
if file.readat(None, 0) != b"abc":
    log("a file that is too long was not cut\n")
for size in (-1, 2.5, True, None):
    try:
        file.setmaxfilesize(size)
        log("a size that is none was taken\n")
    except ValueError:
        pass
file.close()
removefile("long.txt")
