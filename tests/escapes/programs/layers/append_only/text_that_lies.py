# A text that has one length for the layer and another for the file.
class Liar(bytes):
    def __len__(self):
        return 0


file = openfile("diary.txt", False)
end = len(file.readat(None, 0))
file.writeat(Liar(b"X"), end)
file.writeat(b"Y", end)
