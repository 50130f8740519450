# At many providers this address gives out the computer's credentials.
openconnection("169.254.169.254", 80, "127.0.0.1", 63100, 5)
