# A read that begins before the private part reaches into it.
file = openfile("before.txt", True)
file.writeat("public", 0)
file.privatewrite("secret", 6)
for limit in (None, 7, 12):
    try:
        file.readat(limit, 0)
        log("private octets were read from before\n")
    except ValueError:
        pass
if file.readat(6, 0) != b"public":
    log("public octets can't be read\n")
file.close()
removefile("before.txt")
