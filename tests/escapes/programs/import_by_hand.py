# The function behind the statement.
print(__import__("os").listdir("/"))
