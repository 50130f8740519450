# Leave the vessel's folder the old way.
print(openfile("../" + callargs[0].split("/")[-1], False).readat(None, 0))
