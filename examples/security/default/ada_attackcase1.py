# A copy has what the template has now, also while that is open.
def content_of(name):
    file = openfile(name, False)
    content = file.readat(None, 0)
    file.close()
    return content


file = openfile("default", True)
file.writeat("old", 0)
file.close()
if content_of("copy1") != b"old":
    log("a missing file is no copy of the template\n")
file = openfile("default", False)
file.writeat("new", 0)
try:
    if content_of("copy2") != b"new":
        log("a copy has what the template had once\n")
except FileInUseError:
    log("no copy can be made while the template is open\n")
file.close()
removefile("default")
