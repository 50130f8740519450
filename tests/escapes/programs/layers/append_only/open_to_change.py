# Python's open again, to write in the middle of a file.
with open("diary.txt", "r+") as file:
    file.write("X")
