# An address in another way of writing it.
sendmessage("::ffff:127.0.0.2", PORT, "hello", "::ffff:127.0.0.1", PORT)
