# A database that trusts whoever comes from the computer itself.
openconnection("127.0.0.1", 5432, "127.0.0.1", 63100, 5)
