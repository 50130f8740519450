# Python's open removes an old file before it makes a new one.
with open("diary.txt", "w") as file:
    file.write("X")
