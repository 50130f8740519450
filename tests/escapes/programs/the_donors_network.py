# The printer, the router and the neighbours.
openconnection("192.168.1.1", 80, "127.0.0.1", 63100, 5)
