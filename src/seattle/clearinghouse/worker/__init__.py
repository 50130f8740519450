"""The loops that drive nodes to what the database says. Only this process holds a private key."""
