# A number that says it is not less than the end.
class Liar(int):
    def __lt__(self, other):
        return False

    def __index__(self):
        return 0


file = openfile("diary.txt", False)
file.writeat("X", Liar(0))
