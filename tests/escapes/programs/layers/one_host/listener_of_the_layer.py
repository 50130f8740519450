# The socket that the layer's object holds accepts anybody.
listener = listenforconnection("127.0.0.1", PORT)
try:
    listener.listener.getconnection()
    print("LEAKED")
except AttributeError:
    type(listener).getconnection(mycontext)
