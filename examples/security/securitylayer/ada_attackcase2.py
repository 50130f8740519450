# MZ may be anywhere but at the beginning, and so may other letters there.
file = openfile("elsewhere.txt", True)
for data, offset in (("X", 0), ("MZ", 1), ("ZM", 0), ("MX", 0)):
    try:
        file.writeat(data, offset)
    except ValueError:
        log("a harmless write was refused\n")
file.close()
removefile("elsewhere.txt")
