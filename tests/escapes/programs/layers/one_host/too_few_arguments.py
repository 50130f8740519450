# What is missing may be made up by somebody.
try:
    sendmessage("127.0.0.2", PORT, "hello")
except RepyArgumentError:
    sendmessage(["127.0.0.2"], PORT, "hello", "127.0.0.1", PORT)
