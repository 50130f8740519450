# The donor's address would be on every block list by tonight.
openconnection("1.1.1.1", 25, "127.0.0.1", 63100, 5)
