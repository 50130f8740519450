# A new version begins as a copy of the latest, and the old one can be read and not written.
file = openfile("paper", True)
file.writeat("draft", 0)
file.close()
file = openfile("paper", True)
if file.readat(None, 0) != b"draft":
    log("a new version is no copy of the latest\n")
file.writeat("final", 0)
old = openfile("paper.v1", False)
if old.readat(None, 0) != b"draft":
    log("the first version has changed\n")
try:
    old.writeat("forged", 0)
    log("an old version was written\n")
except FileInUseError:
    pass
old.close()
file.close()
