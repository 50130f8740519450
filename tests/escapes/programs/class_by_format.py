# Format strings can read attributes.
print("{0.__class__.__base__}".format(()))
