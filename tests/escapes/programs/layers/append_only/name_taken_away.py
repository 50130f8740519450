# Take the layer's name away: there may be another one beneath.
code = "del openfile; openfile('diary.txt', False).writeat('X', 0)"
try:
    createvirtualnamespace(code, "space").evaluate(_context)
    print("LEAKED")
except NameError:
    removefile("diary.txt")
