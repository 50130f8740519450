# No version is made while the latest is open, by its own name, or where there is none; and names are plain.
file = openfile("plan", True)
for name, create, error in (
    ("plan", True, FileInUseError),
    ("plan.v2", True, RepyArgumentError),
    ("plan.v2", False, FileNotFoundError),
    ("nothing", False, FileNotFoundError),
):
    try:
        openfile(name, create).close()
        log("a file was opened that must not be\n")
    except error:
        pass
    except RepyException:
        log("a file that must not be opened was another error\n")
if listfiles() != ["plan"]:
    log("the list shows more than plain names\n")
try:
    removefile("plan")
    log("a file was removed\n")
except RepyArgumentError:
    pass
file.close()
