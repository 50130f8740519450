# Be the donor's secure shell for a while.
listenforconnection("127.0.0.1", 22)
