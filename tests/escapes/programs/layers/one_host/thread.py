# In a thread there is no layer above us on the stack.
def send():
    sendmessage("127.0.0.2", PORT, "hello", "127.0.0.1", PORT)


createthread(send)
