# Whoever looks something up asks the directory, under a key of his choice.
advertise_lookup("the secret")
