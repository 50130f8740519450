# A row that is not whole may be odd, and whoever makes it whole must make it even.
file = openfile("rows.txt", True)
try:
    file.writeat("abbbbbb", 0)
except RepyParityError:
    log("a row that is not whole was refused\n")
else:
    try:
        file.writeat("b", 7)
        log("a row with one odd octet was made whole\n")
    except RepyParityError:
        pass
    try:
        file.writeat("a", 7)
    except RepyParityError:
        log("a row with two odd octets was refused\n")
file.close()
removefile("rows.txt")
