# The same over TCP.
openconnection("127.0.0.2", PORT, "127.0.0.1", PORT + 1, 5)
