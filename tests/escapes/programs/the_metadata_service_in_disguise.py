# The same address, written for IPv6.
openconnection("::ffff:169.254.169.254", 80, "127.0.0.1", 63100, 5)
