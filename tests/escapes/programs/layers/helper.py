# What a vessel may hold beside the program.
def overwrite(name):
    openfile(name, False).writeat("X", 0)


def send(port):
    sendmessage("127.0.0.2", port, "hello", "127.0.0.1", port)
