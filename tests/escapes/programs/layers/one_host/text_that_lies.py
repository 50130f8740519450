# An address that says it is the right one.
class Liar(str):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False


sendmessage(Liar("127.0.0.2"), PORT, "hello", "127.0.0.1", PORT)
