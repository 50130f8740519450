# A file that is opened again, and newlines elsewhere than at its end.
file = openfile("again.txt", True)
file.writeat("abcdef", 0)
file.close()
file = openfile("again.txt", False)
file.writeat("\n", 6)
if file.readat(None, 0) != b"abcdef\n    ":
    log("a line at the end of a file that was there was not indented\n")
try:
    file.writeat("\n\n", 1)
    if file.readat(3, 0) != b"a\n\n":
        log("newlines in the middle were changed\n")
except RepyArgumentError:
    log("two newlines in the middle were refused\n")
file.close()
removefile("again.txt")
