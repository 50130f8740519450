# A name that is another one each time it is looked at.
class Name(str):
    def __eq__(self, other):
        return False

    def __hash__(self):
        return hash("harmless")

    def startswith(self, *args):
        return False


print(getattr((), Name("__class__")))
