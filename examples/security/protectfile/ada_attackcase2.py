# A permanent file stays; one that is no longer so can go; other names are nobody's business.
for name, content in (("private_b", "PERx"), ("public_b", "PER")):
    file = openfile(name, True)
    file.writeat(content, 0)
    file.close()
try:
    removefile("private_b")
    log("a file that begins with PER was removed\n")
except RepyArgumentError:
    pass
removefile("public_b")
file = openfile("private_b", False)
file.writeat("p", 0)
file.close()
try:
    removefile("private_b")
except RepyArgumentError:
    log("a file that does not begin with PER any more can't be removed\n")
