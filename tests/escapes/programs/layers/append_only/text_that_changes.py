# Data that another thread changes while it is looked at.
file = openfile("diary.txt", False)
file.writeat(bytearray(b"X"), 0)
