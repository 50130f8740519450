# A namespace with nothing in it may find more than one in which something was put.
code = "openfile('diary.txt', False).writeat('X', 0)"
try:
    createvirtualnamespace(code, "space").evaluate({})
    print("LEAKED")
except NameError:
    createvirtualnamespace(code, "space").evaluate(_context.copy())
