# Call the file's methods on an object of our own, which is no file at all.
class Impostor:
    def __init__(self, size):
        self.size = size


file = openfile("diary.txt", False)
kind = type(file)
try:
    kind("diary.txt", False)
except TypeError:
    kind.writeat(Impostor(0), "X", 0)
