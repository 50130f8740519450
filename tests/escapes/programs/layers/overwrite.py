# What a vessel may hold beside the program.
openfile("diary.txt", False).writeat("X", 0)
