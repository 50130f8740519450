# Somebody has put a link to a file of the donor's into the vessel.
print(open("link").read())
