# Offsets count with what is pending, are wrong at the call, and change nothing then.
file = openfile("offsets.txt", True)
file.writeat("four", 0)
for offset, error in ((9, SeekPastEndOfFileError), (-1, RepyArgumentError)):
    try:
        file.writeat("x", offset)
        log("a wrong offset was taken\n")
    except error:
        pass
file.close()
try:
    file.undo()
    log("a closed file was changed\n")
except FileClosedError:
    pass
file = openfile("offsets.txt", False)
if file.readat(None, 0) != b"four":
    log("a refused write has cost another one\n")
file.close()
removefile("offsets.txt")
