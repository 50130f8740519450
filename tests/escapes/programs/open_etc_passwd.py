# Read a file of the computer by its path.
print(open("/etc/passwd").read())
