# When the template changes, closed files that were created go, and open ones stay.
for name in ("closed", "open"):
    file = openfile(name, True)
    file.writeat("mine", 0)
    if name == "closed":
        file.close()
template = openfile("default", True)
template.writeat("x", 0)
template.close()
if "closed" in listfiles():
    log("a closed file has outlived a change of the template\n")
if "open" not in listfiles() or file.readat(None, 0) != b"mine":
    log("an open file has not outlived a change of the template\n")
file.close()
removefile("default")
if "open" in listfiles():
    log("a closed file has outlived the template\n")
try:
    openfile("nothing", False)
    log("a missing file was opened without a template\n")
except FileNotFoundError:
    pass
