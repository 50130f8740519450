# A buffered reader shows its memory to what it reads from, and the view outlives it.
class Source:
    closed = False
    views = []

    def readable(self):
        return True

    def readinto(self, view):
        self.views.append(view)
        return 0


open("a", "wb").close()
kind = type(open("a", "rb"))
kind(Source()).read(1)
print("LEAKED", Source.views)
