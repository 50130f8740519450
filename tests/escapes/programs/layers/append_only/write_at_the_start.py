# Write over what is there.
file = openfile("diary.txt", False)
file.writeat("X", 0)
