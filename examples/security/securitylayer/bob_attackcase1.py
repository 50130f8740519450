# The second octet comes first, in the file of a name that has been used before.
file = openfile("again.txt", True)
file.writeat("XZ", 0)
file.close()
file = openfile("again.txt", False)
try:
    file.writeat("M", 0)
    log("MZ was made in a file that was opened again\n")
except ValueError:
    pass
file.close()
removefile("again.txt")
