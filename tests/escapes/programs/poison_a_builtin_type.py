# Nor what it changes in a type.
setattr(int, "real", 1)
