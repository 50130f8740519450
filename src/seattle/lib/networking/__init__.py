"""What `socket`, `select` and their kin are made of, and other modules that wait for a network: see its modules."""
