# Begin anew.
removefile("diary.txt")
openfile("diary.txt", True).writeat("X", 0)
