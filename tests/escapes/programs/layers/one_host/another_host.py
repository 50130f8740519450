# Just do it.
sendmessage("127.0.0.2", PORT, "hello", "127.0.0.1", PORT)
