# As many files as there may be, and one.
files = []
while True:
    files.append(openfile("f" + str(len(files)), True))
