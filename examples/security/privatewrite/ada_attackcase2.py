# Two private parts, and a normal write over a piece of one.
file = openfile("two.txt", True)
file.privatewrite("first", 0)
file.writeat("-", 5)
file.privatewrite("second", 6)
file.writeat("ir", 1)
try:
    if file.readat(2, 1) != b"ir":
        log("what was overwritten reads wrong\n")
except ValueError:
    log("what was overwritten can't be read\n")
for offset in (0, 3, 6):
    try:
        file.readat(1, offset)
        log("a private octet was read\n")
    except ValueError:
        pass
file.close()
removefile("two.txt")
